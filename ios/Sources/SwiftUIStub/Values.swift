// swift-format-ignore-file
// This is not Apple's SwiftUI. See ios/README.md.
import Foundation

public protocol ShapeStyle: Sendable {}

public struct Color: ShapeStyle, View, Equatable {
    public enum RGBColorSpace: Hashable, Sendable { case sRGB, sRGBLinear, displayP3 }

    nonisolated public init(
        _ colorSpace: RGBColorSpace = .sRGB, red: Double, green: Double, blue: Double, opacity: Double = 1
    ) {}

    nonisolated private init() {}

    public static let white = Color()
    public static let black = Color()
    public static let clear = Color()

    public func opacity(_ opacity: Double) -> Color { self }

    public var body: Never { fatalError() }
}

public struct LinearGradient: ShapeStyle, View {
    public init(colors: [Color], startPoint: UnitPoint, endPoint: UnitPoint) {}

    public var body: Never { fatalError() }
}

public struct UnitPoint: Hashable, Sendable {
    public static let top = UnitPoint()
    public static let bottom = UnitPoint()
}

public struct Font: Hashable, Sendable {
    public struct Weight: Hashable, Sendable {
        public static let regular = Weight()
        public static let semibold = Weight()
    }

    public enum Design: Hashable, Sendable { case `default` }

    public enum TextStyle: CaseIterable, Sendable {
        case largeTitle, title, title2, title3, headline, subheadline, body, callout, footnote, caption, caption2
    }

    public static func system(size: CGFloat, weight: Weight? = nil, design: Design? = nil) -> Font { Font() }
}

public struct HorizontalAlignment: Equatable, Sendable {
    public static let leading = HorizontalAlignment()
    public static let center = HorizontalAlignment()
}

public struct VerticalAlignment: Equatable, Sendable {
    public static let top = VerticalAlignment()
    public static let center = VerticalAlignment()
    public static let firstTextBaseline = VerticalAlignment()
}

public struct Alignment: Equatable, Sendable {
    public static let center = Alignment()
    public static let leading = Alignment()
    public static let top = Alignment()
    public static let bottom = Alignment()
    public static let topLeading = Alignment()
}

public enum TextAlignment: Hashable, CaseIterable, Sendable { case leading, center, trailing }

public enum ContentMode: Hashable, CaseIterable, Sendable { case fit, fill }

public enum Axis: Int8, CaseIterable, Sendable {
    case horizontal, vertical

    public struct Set: OptionSet, Sendable {
        public let rawValue: Int8
        public init(rawValue: Int8) { self.rawValue = rawValue }
        public static let horizontal = Set(rawValue: 1)
        public static let vertical = Set(rawValue: 2)
    }
}

public enum Edge: Int8, CaseIterable, Sendable {
    case top, leading, bottom, trailing

    public struct Set: OptionSet, Sendable {
        public let rawValue: Int8
        public init(rawValue: Int8) { self.rawValue = rawValue }
        public static let top = Set(rawValue: 1)
        public static let bottom = Set(rawValue: 4)
        public static let horizontal = Set(rawValue: 10)
        public static let vertical = Set(rawValue: 5)
        public static let all = Set(rawValue: 15)
    }
}

public struct AccessibilityTraits: SetAlgebra, Sendable {
    private var traits: Set<Int> = []
    public init() {}
    private init(_ trait: Int) { traits = [trait] }
    public static let isSelected = AccessibilityTraits(1)
    public static let isHeader = AccessibilityTraits(2)

    public typealias Element = AccessibilityTraits
    public func contains(_ member: Element) -> Bool { traits.isSuperset(of: member.traits) }
    public func union(_ other: Self) -> Self { changed { $0.formUnion(other.traits) } }
    public func intersection(_ other: Self) -> Self { changed { $0.formIntersection(other.traits) } }
    public func symmetricDifference(_ other: Self) -> Self { changed { $0.formSymmetricDifference(other.traits) } }
    public mutating func insert(_ new: Element) -> (inserted: Bool, memberAfterInsert: Element) {
        let inserted = !contains(new)
        formUnion(new)
        return (inserted, new)
    }
    public mutating func remove(_ member: Element) -> Element? {
        let removed = intersection(member)
        traits.subtract(member.traits)
        return removed
    }
    public mutating func update(with new: Element) -> Element? { insert(new).inserted ? nil : new }
    public mutating func formUnion(_ other: Self) { traits.formUnion(other.traits) }
    public mutating func formIntersection(_ other: Self) { traits.formIntersection(other.traits) }
    public mutating func formSymmetricDifference(_ other: Self) { traits.formSymmetricDifference(other.traits) }

    private func changed(_ change: (inout Set<Int>) -> Void) -> Self {
        var new = self
        change(&new.traits)
        return new
    }
}

public struct AccessibilityChildBehavior: Hashable, Sendable {
    public static let ignore = AccessibilityChildBehavior()
    public static let combine = AccessibilityChildBehavior()
}

public struct PresentationDetent: Hashable, Sendable {
    private let name: String
    public static let medium = PresentationDetent(name: "medium")
    public static let large = PresentationDetent(name: "large")
}

public struct DatePickerComponents: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let hourAndMinute = DatePickerComponents(rawValue: 1)
    public static let date = DatePickerComponents(rawValue: 2)
}

public protocol CoordinateSpaceProtocol {}

public struct LocalCoordinateSpace: CoordinateSpaceProtocol {}

extension CoordinateSpaceProtocol where Self == LocalCoordinateSpace {
    public static var local: LocalCoordinateSpace { LocalCoordinateSpace() }
}

public protocol TimelineSchedule {}

public struct PeriodicTimelineSchedule: TimelineSchedule, Sendable {}

extension TimelineSchedule where Self == PeriodicTimelineSchedule {
    public static func periodic(from startDate: Date, by interval: TimeInterval) -> PeriodicTimelineSchedule {
        PeriodicTimelineSchedule()
    }
}
