// swift-format-ignore-file
// This is not Apple's SwiftUI. See ios/README.md.
import Foundation

public struct Text: View, Piece, Equatable, Sendable {
    let content: String

    nonisolated public init(verbatim content: String) { self.content = content }

    public var body: Never { fatalError() }
    func outline(into outline: inout Outline) { outline.say(content) }
}

public struct Image: View, Piece, Equatable, Sendable {
    public enum Scale: Hashable, Sendable { case small, medium, large }
    public enum ResizingMode: Hashable, Sendable { case tile, stretch }

    nonisolated public init(systemName: String) {}

    public func resizable() -> Image { self }

    public var body: Never { fatalError() }
    func outline(into outline: inout Outline) {}
}

public struct Label<Title: View, Icon: View>: View {
    private let title: Title
    private let icon: Icon

    public init(@ViewBuilder title: () -> Title, @ViewBuilder icon: () -> Icon) {
        self.title = title()
        self.icon = icon()
    }

    public var body: some View {
        icon
        title
    }
}

public struct Button<Label: View>: View, Piece {
    private let action: @MainActor @Sendable () -> Void
    private let label: Label

    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Label) {
        self.action = action
        self.label = label()
    }

    public var body: Never { fatalError() }

    func outline(into outline: inout Outline) {
        outline.addButton(action) { inside in
            if let style = EnvironmentValues.current.style {
                inside.add(style(ButtonStyleConfiguration(label: .init(content: label), isPressed: false)))
            } else {
                inside.add(label)
            }
        }
    }
}

public struct Link<Label: View>: View, Piece {
    private let label: Label

    public init(destination: URL, @ViewBuilder label: () -> Label) { self.label = label() }

    public var body: Never { fatalError() }
    func outline(into outline: inout Outline) { outline.addButton({}) { $0.add(label) } }
}

public struct VStack<Content: View>: View {
    private let content: Content

    public init(
        alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
    ) { self.content = content() }

    public var body: some View { content }
}

public struct LazyVStack<Content: View>: View {
    private let content: Content

    public init(
        alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
    ) { self.content = content() }

    public var body: some View { content }
}

public struct HStack<Content: View>: View {
    private let content: Content

    public init(
        alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
    ) { self.content = content() }

    public var body: some View { content }
}

public struct ZStack<Content: View>: View {
    private let content: Content

    public init(alignment: Alignment = .center, @ViewBuilder content: () -> Content) { self.content = content() }

    public var body: some View { content }
}

public struct ScrollView<Content: View>: View {
    private let content: Content

    public init(_ axes: Axis.Set = .vertical, showsIndicators: Bool = true, @ViewBuilder content: () -> Content) {
        self.content = content()
    }

    public var body: some View { content }
}

public struct Spacer: View, Piece {
    public init(minLength: CGFloat? = nil) {}
    public var body: Never { fatalError() }
    func outline(into outline: inout Outline) {}
}

public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Content> {
    public var data: Data
    public var content: (Data.Element) -> Content
}

extension ForEach: View, Piece where Content: View {
    public init(
        _ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> Content
    ) { self.init(data: data, content: content) }

    public init(_ data: Data, @ViewBuilder content: @escaping (Data.Element) -> Content)
    where Data.Element: Identifiable, ID == Data.Element.ID { self.init(data: data, content: content) }

    public init<C>(_ data: Binding<C>, @ViewBuilder content: @escaping (Binding<C.Element>) -> Content)
    where
        Data == LazyMapSequence<C.Indices, (C.Index, ID)>, ID == C.Element.ID, C: MutableCollection,
        C: RandomAccessCollection, C.Element: Identifiable, C.Index: Hashable
    {
        let all = data.wrappedValue
        self.init(data: all.indices.lazy.map { ($0, all[$0].id) }) { index, _ in
            content(
                Binding {
                    data.wrappedValue[index]
                } set: {
                    data.wrappedValue[index] = $0
                })
        }
    }

    public var body: Never { fatalError() }

    func outline(into outline: inout Outline) {
        for element in data { outline.add(content(element)) }
    }
}

public struct TextField<Label: View>: View, Piece {
    private let title: String
    private let text: Binding<String>

    public var body: Never { fatalError() }

    func outline(into outline: inout Outline) {
        outline.say(text.wrappedValue.isEmpty ? title : text.wrappedValue)
    }
}

extension TextField where Label == Text {
    public init<S: StringProtocol>(_ title: S, text: Binding<String>) {
        self.init(title: String(title), text: text)
    }

    public init<S: StringProtocol>(_ title: S, text: Binding<String>, axis: Axis) {
        self.init(title: String(title), text: text)
    }
}

public struct Toggle<Label: View>: View, Piece {
    private let isOn: Binding<Bool>
    private let label: Label

    public init(isOn: Binding<Bool>, @ViewBuilder label: () -> Label) {
        self.isOn = isOn
        self.label = label()
    }

    public var body: Never { fatalError() }

    func outline(into outline: inout Outline) {
        let isOn = self.isOn
        outline.addButton({ isOn.wrappedValue.toggle() }) { $0.add(label) }
    }
}

public struct Stepper<Label: View>: View {
    private let label: Label

    public init<V: Strideable>(
        value: Binding<V>, in bounds: ClosedRange<V>, step: V.Stride = 1, @ViewBuilder label: () -> Label
    ) { self.label = label() }

    public var body: some View { label }
}

public struct DatePicker<Label: View>: View {
    public typealias Components = DatePickerComponents

    private let label: Label

    public init(
        selection: Binding<Date>, displayedComponents: Components = [.hourAndMinute, .date],
        @ViewBuilder label: () -> Label
    ) { self.label = label() }

    public var body: some View { label }
}

public struct ProgressView<Label: View, CurrentValueLabel: View>: View {
    private let label: Label

    public var body: some View { label }
}

extension ProgressView where CurrentValueLabel == EmptyView {
    public init() where Label == EmptyView { label = EmptyView() }
    public init<V: BinaryFloatingPoint>(value: V?, total: V = 1.0) where Label == EmptyView { label = EmptyView() }
    public init(@ViewBuilder label: () -> Label) { self.label = label() }
}

public struct AsyncImage<Content: View>: View {
    private let content: Content

    public init<I: View, P: View>(
        url: URL?, scale: CGFloat = 1, @ViewBuilder content: @escaping (Image) -> I,
        @ViewBuilder placeholder: @escaping () -> P
    ) where Content == _ConditionalContent<I, P> {
        self.content = _ConditionalContent(content: placeholder())
    }

    public var body: some View { content }
}

public struct TimelineView<Schedule: TimelineSchedule, Content> {
    public struct Context { public let date: Date }

    private let content: (Context) -> Content
}

public typealias TimelineViewDefaultContext = TimelineView<PeriodicTimelineSchedule, Never>.Context

extension TimelineView: View where Content: View {
    public init(
        _ schedule: Schedule, @ViewBuilder content: @escaping (TimelineViewDefaultContext) -> Content
    ) { self.content = { content(TimelineViewDefaultContext(date: $0.date)) } }

    public var body: some View { content(Context(date: .now)) }
}

public struct GeometryProxy {
    public var size: CGSize { CGSize(width: 390, height: 844) }
}

public struct GeometryReader<Content: View>: View {
    private let content: (GeometryProxy) -> Content

    public init(@ViewBuilder content: @escaping (GeometryProxy) -> Content) { self.content = content }

    public var body: some View { content(GeometryProxy()) }
}

public struct NavigationStack<Root: View>: View {
    private let root: Root

    public init(@ViewBuilder root: () -> Root) { self.root = root() }

    public var body: some View { root }
}

public struct TabView<Content: View>: View {
    private let content: Content

    public init(@ViewBuilder content: () -> Content) { self.content = content() }

    public var body: some View { content }
}
