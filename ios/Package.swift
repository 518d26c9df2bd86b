// swift-tools-version: 6.0
import Foundation
import PackageDescription

// On Linux the core is the shared library that cargo builds; on Apple's systems an XCFramework (see README.md).
#if os(Linux)
let folder =
    ProcessInfo.processInfo.environment["NIGHTMARKET_LIBRARY"]
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../target/debug")
    .standardized.path
let core: Target = .systemLibrary(name: "nightmarket_ffiFFI")
// SwiftUI does not exist here: a module that declares just what the screens use. On Apple's systems it must not exist.
let swiftUI: [Target] = [.target(name: "SwiftUI", path: "Sources/SwiftUIStub")]
let drawing: [Target.Dependency] = ["SwiftUI"]
let linking: [LinkerSetting] = [
    .linkedLibrary("nightmarket_ffi"),
    // The last one because of @Observable: libswiftObservation leaves symbols to the executable.
    .unsafeFlags(["-L\(folder)", "-Xlinker", "-rpath=\(folder)", "-Xlinker", "--allow-shlib-undefined"]),
]
#else
let core: Target = .binaryTarget(name: "nightmarket_ffiFFI", path: "nightmarket_ffi.xcframework")
let swiftUI: [Target] = []
let drawing: [Target.Dependency] = []
let linking: [LinkerSetting] = []
#endif

let package = Package(
    name: "Nightmarket",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "Nightmarket", targets: ["Nightmarket"]),
        .library(name: "NightmarketUI", targets: ["NightmarketUI"]),
    ],
    targets: [
        core,
        // Generated. Swift 5 mode: the generator's async traits are not clean in Swift 6 mode.
        .target(
            name: "NightmarketBindings", dependencies: ["nightmarket_ffiFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)], linkerSettings: linking),
        .target(name: "Nightmarket", dependencies: ["NightmarketBindings", "nightmarket_ffiFFI"]),
        // A process of its own for what tests need one for.
        .executableTarget(name: "probe", dependencies: ["Nightmarket"], path: "Tests/Probe"),
        .testTarget(name: "NightmarketTests", dependencies: ["Nightmarket", "NightmarketBindings", "probe"]),
        .target(name: "NightmarketUI", dependencies: ["Nightmarket"] + drawing),
        .testTarget(name: "NightmarketUITests", dependencies: ["NightmarketUI", "Nightmarket"] + drawing),
    ] + swiftUI
)
