import Foundation

/// The library that is loaded was not built with these bindings. Nothing was called in it.
///
/// It is no ``NightmarketError``: whatever that can tell about itself, it asks the library.
public struct LibraryMismatch: Error, Equatable, CustomStringConvertible, LocalizedError {
    /// What differs, for a log.
    public let reason: String

    /// What differs, and what to do.
    public var description: String {
        "libnightmarket_ffi and its Swift bindings are from different builds: \(reason). Build both from one commit."
    }

    /// As `description`.
    public var errorDescription: String? { description }
}

/// A call of the library: both sides have a number for it, which changes with its signature.
struct Checksum: Sendable {
    let name: String
    let expected: UInt16
    let found: @Sendable () -> UInt16

    init(name: String, expected: UInt16, found: @escaping @Sendable () -> UInt16) {
        self.name = name
        self.expected = expected
        self.found = found
    }
}

/// The bindings themselves end the process if they do not match, so this asks first.
enum Library {
    private static let verdict = compare()

    static func check() throws(LibraryMismatch) {
        try verdict.get()
    }

    private static func compare() -> Result<Void, LibraryMismatch> {
        let contract = libraryContract()
        guard contract == bindingsContract else {
            return .failure(LibraryMismatch(reason: "contract \(contract) instead of \(bindingsContract)"))
        }
        for checksum in checksums {
            guard isThere(checksum.name) else {
                return .failure(LibraryMismatch(reason: "\(checksum.name) is missing"))
            }
            guard checksum.found() == checksum.expected else {
                return .failure(LibraryMismatch(reason: "\(checksum.name) is another"))
            }
        }
        return .success(())
    }

    /// Calling what is missing would end the process, too. Where the core is linked in statically nothing can be.
    private static func isThere(_ name: String) -> Bool {
        #if os(Linux)
        dlsym(nil, name) != nil
        #else
        true
        #endif
    }
}
