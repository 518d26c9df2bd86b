// swift-format-ignore-file
// This is not Apple's SwiftUI. See ios/README.md.
import Foundation

// Layout and looks: type-checked, and without any effect on an outline.
extension View {
    public func padding(_ edges: Edge.Set = .all, _ length: CGFloat? = nil) -> some View { Kept(self) }
    public func padding(_ length: CGFloat) -> some View { Kept(self) }
    public func frame(
        width: CGFloat? = nil, height: CGFloat? = nil, alignment: Alignment = .center
    ) -> some View { Kept(self) }
    public func frame(
        minWidth: CGFloat? = nil, idealWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil,
        idealHeight: CGFloat? = nil, maxHeight: CGFloat? = nil, alignment: Alignment = .center
    ) -> some View { Kept(self) }
    public func position(_ position: CGPoint) -> some View { Kept(self) }
    public func ignoresSafeArea() -> some View { Kept(self) }
    public func aspectRatio(_ aspectRatio: CGFloat? = nil, contentMode: ContentMode) -> some View { Kept(self) }
    public func scaledToFill() -> some View { Kept(self) }
    public func clipped(antialiased: Bool = false) -> some View { Kept(self) }
    public func clipShape<S: Shape>(_ shape: S) -> some View { Kept(self) }
    public func contentShape<S: Shape>(_ shape: S, eoFill: Bool = false) -> some View { Kept(self) }
    public func opacity(_ opacity: Double) -> some View { Kept(self) }
    public func background<S: ShapeStyle>(_ style: S) -> some View { Kept(self) }
    public func background<S: ShapeStyle, T: InsettableShape>(_ style: S, in shape: T) -> some View { Kept(self) }
    public func background<V: View>(
        alignment: Alignment = .center, @ViewBuilder content: () -> V
    ) -> some View { below(content()) }
    public func overlay<V: View>(
        alignment: Alignment = .center, @ViewBuilder content: () -> V
    ) -> some View { below(content()) }
    public func foregroundStyle<S: ShapeStyle>(_ style: S) -> some View { Kept(self) }
    public func tint(_ tint: Color?) -> some View { Kept(self) }
    public func font(_ font: Font?) -> some View { Kept(self) }
    public func monospacedDigit() -> some View { Kept(self) }
    public func kerning(_ kerning: CGFloat) -> some View { Kept(self) }
    public func imageScale(_ scale: Image.Scale) -> some View { Kept(self) }
    public func multilineTextAlignment(_ alignment: TextAlignment) -> some View { Kept(self) }
    public func defaultScrollAnchor(_ anchor: UnitPoint?) -> some View { Kept(self) }
    public func presentationDetents(_ detents: Set<PresentationDetent>) -> some View { Kept(self) }
    public func presentationCornerRadius(_ cornerRadius: CGFloat?) -> some View { Kept(self) }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { Kept(self) }
    public func accessibilityElement(children: AccessibilityChildBehavior = .ignore) -> some View { Kept(self) }

    private func below(_ view: some View) -> some View {
        Kept { outline in
            outline.add(self)
            outline.add(view)
        }
    }
}

// What happens later: an outline is of now.
extension View {
    public func task(
        priority: TaskPriority = .userInitiated, @_inheritActorContext _ action: @escaping @Sendable () async -> Void
    ) -> some View { Kept(self) }
    public func task<T: Equatable>(
        id value: T, priority: TaskPriority = .userInitiated,
        @_inheritActorContext _ action: @escaping @Sendable () async -> Void
    ) -> some View { Kept(self) }
    public func onAppear(perform action: (() -> Void)? = nil) -> some View { Kept(self) }
    public func refreshable(action: @escaping @Sendable () async -> Void) -> some View { Kept(self) }
    public func onChange<V: Equatable>(
        of value: V, initial: Bool = false, _ action: @escaping (_ oldValue: V, _ newValue: V) -> Void
    ) -> some View { Kept(self) }
    public func onTapGesture(
        count: Int = 1, coordinateSpace: some CoordinateSpaceProtocol = .local,
        perform action: @escaping (CGPoint) -> Void
    ) -> some View { Kept(self) }
}

// What an outline shows.
extension View {
    public func modifier<T>(_ modifier: T) -> ModifiedContent<Self, T> {
        ModifiedContent(content: self, modifier: modifier)
    }

    public func environment<V>(_ keyPath: WritableKeyPath<EnvironmentValues, V>, _ value: V) -> some View {
        Kept { outline in outline.with({ $0[keyPath: keyPath] = value }) { $0.add(self) } }
    }

    public func disabled(_ disabled: Bool) -> some View {
        Kept { outline in
            outline.with({ $0.isEnabled = $0.isEnabled && !disabled }) { $0.add(self) }
        }
    }

    public func buttonStyle<S: ButtonStyle>(_ style: S) -> some View {
        Kept { outline in outline.with({ $0.style = { style.makeBody(configuration: $0) } }) { $0.add(self) } }
    }

    public func buttonStyle<S: PrimitiveButtonStyle>(_ style: S) -> some View {
        Kept { outline in outline.with({ $0.style = nil }) { $0.add(self) } }
    }

    public func accessibilityLabel(_ label: Text) -> some View {
        Kept { outline in outline.label(label.content) { $0.add(self) } }
    }

    public func accessibilityHidden(_ hidden: Bool) -> some View { Kept(self) }

    public func navigationTitle(_ title: Text) -> some View {
        Kept { outline in
            outline.say(title.content)
            outline.add(self)
        }
    }

    public func tabItem<V: View>(@ViewBuilder _ label: () -> V) -> some View {
        let label = label()
        return Kept { outline in
            outline.addButton({}) { $0.add(label) }
            outline.add(self)
        }
    }

    public func sheet<Item: Identifiable, Content: View>(
        item: Binding<Item?>, onDismiss: (() -> Void)? = nil, @ViewBuilder content: @escaping (Item) -> Content
    ) -> some View {
        Kept { outline in
            outline.add(self)
            if let item = item.wrappedValue { outline.add(content(item)) }
        }
    }

    public func fullScreenCover<Item: Identifiable, Content: View>(
        item: Binding<Item?>, onDismiss: (() -> Void)? = nil, @ViewBuilder content: @escaping (Item) -> Content
    ) -> some View { sheet(item: item, onDismiss: onDismiss, content: content) }
}
