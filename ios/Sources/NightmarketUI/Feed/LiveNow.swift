import Foundation
import Nightmarket
import SwiftUI

/// Who is live, in a row: a tap lands in the room.
struct LiveNow: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let posts: [Post]
    let land: @MainActor (RoomId) -> Void

    var body: some View {
        ScrollView(.horizontal, showsIndicators: false) {
            HStack(alignment: .top, spacing: Space.medium) {
                ForEach(posts, id: \.id) { post in
                    Button {
                        if let live = post.live { land(live.roomId) }
                    } label: {
                        host(post.host)
                    }
                    .buttonStyle(.plain)
                    .accessibilityLabel(Text(verbatim: "\(post.host.name), \(strings(.liveNow))"))
                }
            }
        }
    }

    private func host(_ host: Nightmarket.Host) -> some View {
        VStack(spacing: Space.hair) {
            Picture(address: host.avatarUrl)
                .frame(width: 64, height: 64)
                .clipShape(Circle())
                .overlay { Circle().stroke(palette.lantern.color, lineWidth: 2) }
            Text(verbatim: host.name)
                .textSize(.caption)
                .foregroundStyle(palette.ink.color)
                .multilineTextAlignment(.center)
                .frame(width: 88)
        }
        .padding(Space.hair)
    }
}
