#if canImport(AVFoundation) && canImport(UIKit)
import AVFoundation
import NightmarketUI
import SwiftUI
import UIKit

/// Plays a room's stream with AVPlayer, cropped to fill, and tells which programme time is on the screen.
struct VideoSurface: UIViewRepresentable {
    let request: VideoRequest

    func makeUIView(context: Context) -> PlayerView {
        PlayerView()
    }

    func updateUIView(_ view: PlayerView, context: Context) {
        view.show(request)
    }

    static func dismantleUIView(_ view: PlayerView, coordinator: Void) {
        view.stop()
    }
}

/// A view whose layer is the player's.
final class PlayerView: UIView {
    /// How often programme time is told.
    private static let pace = CMTime(value: 1, timescale: 4)

    private let player = AVPlayer()
    private var address: URL?
    private var observer: Any?
    private var request: VideoRequest?

    override static var layerClass: AnyClass { AVPlayerLayer.self }

    func show(_ request: VideoRequest) {
        self.request = request
        if address != request.address {
            address = request.address
            play(request.address)
        }
        if request.isFrozen { player.pause() } else if address != nil { player.play() }
    }

    func stop() {
        if let observer { player.removeTimeObserver(observer) }
        observer = nil
        player.replaceCurrentItem(with: nil)
    }

    private func play(_ address: URL?) {
        guard let layer = layer as? AVPlayerLayer else { return }
        layer.player = player
        layer.videoGravity = .resizeAspectFill
        player.replaceCurrentItem(with: address.map { AVPlayerItem(url: $0) })
        guard observer == nil else { return }
        observer = player.addPeriodicTimeObserver(forInterval: Self.pace, queue: .main) { [weak self] _ in
            MainActor.assumeIsolated { self?.tell() }
        }
    }

    private func tell() {
        guard let item = player.currentItem, let request, !request.isFrozen else { return }
        if item.presentationSize != .zero { request.sized(item.presentationSize) }
        if let date = item.currentDate() { request.shown(Int64(date.timeIntervalSince1970 * 1_000)) }
    }
}
#endif
