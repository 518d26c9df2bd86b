#if canImport(UIKit)
import Nightmarket
import NightmarketUI
import SwiftUI

/// The app: opens a venue and shows its screens, nothing else.
@main
struct NightmarketMain: App {
    private let language = Language.preferred(of: Locale.preferredLanguages)

    var body: some Scene {
        WindowGroup {
            OpeningScreen(open: open) { shopper in
                Screens(shopper: shopper)
            }
            .environment(\.strings, Strings(language))
        }
    }

    private func open() async throws -> Shopper {
        let info = Bundle.main.infoDictionary ?? [:]
        let venue = info["NightmarketVenue"] as? String ?? ""
        let settings = Settings(
            venue: venue, directory: try Self.directory().path,
            platformProfile: info["NightmarketPlatformProfile"] as? String ?? "", language: language.rawValue)
        var host = HostApp(device: OwnerOfTheDevice(), secrets: KeychainKey(), notifier: Reminders())
        SandboxShopper.signIn(to: venue, &host)
        return try await Shopper.open(settings, host: host)
    }

    /// One directory per shopper, kept out of backups: the ledger belongs to this device.
    private static func directory() throws -> URL {
        let support = try FileManager.default.url(
            for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        var directory = support.appending(path: "nightmarket", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try directory.setResourceValues(values)
        return directory
    }
}

/// The screens, with what of the device they need.
private struct Screens: View {
    @State private var network: NetworkModel
    private let shopper: Shopper

    init(shopper: Shopper) {
        self.shopper = shopper
        _network = State(wrappedValue: NetworkModel(shopper: shopper))
    }

    var body: some View {
        NightmarketApp(
            shopper: shopper, network: network, currencies: ["CNY", "USD"], pickupAddress: SandboxShopper.address,
            signIn: {}
        ) { request in
            VideoSurface(request: request)
        }
        .task { await NetworkPath.follow { await network.set(online: $0) } }
    }
}
#endif
