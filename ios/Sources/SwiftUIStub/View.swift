// swift-format-ignore-file
// This is not Apple's SwiftUI. See ios/README.md.
import Foundation

@MainActor @preconcurrency
public protocol View {
    associatedtype Body: View
    @ViewBuilder @MainActor @preconcurrency var body: Self.Body { get }
}

extension Never: View {
    public var body: Never { fatalError() }
}

@MainActor @resultBuilder
public struct ViewBuilder {
    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(
        _ content: repeat each Content
    ) -> TupleView<(repeat each Content)> {
        TupleView((repeat each content)) { outline in
            repeat outline.add(each content)
        }
    }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<True: View, False: View>(first: True) -> _ConditionalContent<True, False> {
        _ConditionalContent(content: first)
    }
    public static func buildEither<True: View, False: View>(second: False) -> _ConditionalContent<True, False> {
        _ConditionalContent(content: second)
    }
}

public struct TupleView<T>: View, Piece {
    public var value: T
    private let add: @MainActor (inout Outline) -> Void

    init(_ value: T, _ add: @escaping @MainActor (inout Outline) -> Void) {
        self.value = value
        self.add = add
    }

    public var body: Never { fatalError() }
    func outline(into outline: inout Outline) { add(&outline) }
}

public struct _ConditionalContent<True: View, False: View>: View, Piece {
    let content: any View

    public var body: Never { fatalError() }
    func outline(into outline: inout Outline) { outline.add(content) }
}

extension Optional: View where Wrapped: View {
    public var body: Never { fatalError() }
}

extension Optional: Piece where Wrapped: View {
    func outline(into outline: inout Outline) {
        if let self { outline.add(self) }
    }
}

public struct EmptyView: View, Piece {
    public init() {}
    public var body: Never { fatalError() }
    func outline(into outline: inout Outline) {}
}

extension Color: Piece {
    func outline(into outline: inout Outline) {}
}

extension LinearGradient: Piece {
    func outline(into outline: inout Outline) {}
}

/// What all modifiers here come to: the view, and what they add to an outline.
struct Kept: View, Piece {
    private let add: @MainActor (inout Outline) -> Void

    init(_ add: @escaping @MainActor (inout Outline) -> Void) { self.add = add }

    init(_ view: some View) { add = { $0.add(view) } }

    var body: Never { fatalError() }
    func outline(into outline: inout Outline) { add(&outline) }
}

@MainActor @preconcurrency
public protocol ViewModifier {
    associatedtype Body: View
    @ViewBuilder @MainActor @preconcurrency func body(content: Self.Content) -> Self.Body
    typealias Content = _ViewModifier_Content<Self>
}

public struct _ViewModifier_Content<Modifier: ViewModifier>: View, Piece {
    let content: any View

    public var body: Never { fatalError() }
    func outline(into outline: inout Outline) { outline.add(content) }
}

public struct ModifiedContent<Content, Modifier> {
    public var content: Content
    public var modifier: Modifier
}

extension ModifiedContent: View where Content: View, Modifier: ViewModifier {
    public var body: some View { modifier.body(content: _ViewModifier_Content(content: content)) }
}

@MainActor @preconcurrency
public protocol ButtonStyle {
    associatedtype Body: View
    @ViewBuilder @MainActor @preconcurrency func makeBody(configuration: Self.Configuration) -> Self.Body
    typealias Configuration = ButtonStyleConfiguration
}

public struct ButtonStyleConfiguration {
    public struct Label: View, Piece {
        let content: any View
        public var body: Never { fatalError() }
        func outline(into outline: inout Outline) { outline.add(content) }
    }

    public let label: Label
    public let isPressed: Bool
}

@MainActor @preconcurrency
public protocol PrimitiveButtonStyle {}

public struct PlainButtonStyle: PrimitiveButtonStyle {}

extension PrimitiveButtonStyle where Self == PlainButtonStyle {
    public static var plain: PlainButtonStyle { PlainButtonStyle() }
}

public protocol Shape: View, Sendable {}

public protocol InsettableShape: Shape {}

extension Shape {
    public func fill<S: ShapeStyle>(_ content: S) -> some View { Kept(self) }
    public func stroke<S: ShapeStyle>(_ content: S, lineWidth: CGFloat = 1) -> some View { Kept(self) }
    public var body: some View { EmptyView() }
}

public struct Rectangle: InsettableShape {
    nonisolated public init() {}
}

public struct Circle: InsettableShape {
    nonisolated public init() {}
}

public struct Capsule: InsettableShape {
    nonisolated public init() {}
}

public struct RoundedRectangle: InsettableShape {
    nonisolated public init(cornerRadius: CGFloat) {}
}
