// swift-format-ignore-file
// This is not Apple's SwiftUI, and Apple's has no such thing. See ios/README.md.
import Foundation

/// What a view says, without any layout: its bodies are run, and every text and button in them is listed.
@MainActor
public struct Outline {
    /// Texts, fields and labels for those who cannot see, in order.
    public private(set) var words: [String] = []
    /// Buttons by name, and whether they can be used.
    public private(set) var buttons: [Button] = []

    public struct Button: Equatable, Sendable {
        public var name: String
        public let isEnabled: Bool
        let press: @MainActor @Sendable () -> Void

        public static func == (one: Self, other: Self) -> Bool {
            one.name == other.name && one.isEnabled == other.isEnabled
        }
    }

    public init(of view: some View, in environment: EnvironmentValues = EnvironmentValues()) {
        with({ $0 = environment }) { $0.add(view) }
    }

    /// Presses the one button of this name; false if there is none, or it is disabled.
    public func press(_ name: String) -> Bool {
        let found = buttons.filter { $0.name == name && $0.isEnabled }
        guard found.count == 1, let button = found.first else { return false }
        button.press()
        return true
    }

    /// Presses the first of several buttons of this name, in the order they are drawn.
    public func pressFirst(_ name: String) -> Bool {
        guard let button = buttons.first(where: { $0.name == name && $0.isEnabled }) else { return false }
        button.press()
        return true
    }

    private init() {}

    mutating func add(_ view: some View) {
        if let piece = view as? any Piece { piece.outline(into: &self) } else { add(view.body) }
    }

    mutating func say(_ text: String) {
        if !text.isEmpty { words.append(text) }
    }

    /// Runs part of the tree in another environment.
    mutating func with(_ change: (inout EnvironmentValues) -> Void, _ add: (inout Outline) -> Void) {
        let before = EnvironmentValues.current
        change(&EnvironmentValues.current)
        add(&self)
        EnvironmentValues.current = before
    }

    mutating func addButton(_ press: @escaping @MainActor @Sendable () -> Void, _ label: (inout Outline) -> Void) {
        var inside = Outline()
        label(&inside)
        words += inside.words
        let name = inside.words.joined(separator: " ")
        buttons.append(Button(name: name, isEnabled: EnvironmentValues.current.isEnabled, press: press))
    }

    /// A label for those who cannot see stands for the one button, or the one text, that it is put on.
    mutating func label(_ text: String, _ content: (inout Outline) -> Void) {
        let (saidBefore, buttonsBefore) = (words.count, buttons.count)
        content(&self)
        guard !text.isEmpty else { return }
        words.removeSubrange(saidBefore...)
        words.append(text)
        if buttons.count == buttonsBefore + 1 { buttons[buttonsBefore].name = text }
    }
}

/// A view that ends the descent.
@MainActor
protocol Piece {
    func outline(into outline: inout Outline)
}
