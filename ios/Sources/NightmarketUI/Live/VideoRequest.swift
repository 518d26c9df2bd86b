import Foundation
import Nightmarket

/// What the room asks of the app's video surface. The surface fills its frame and crops what does not fit.
public struct VideoRequest {
    /// The HLS address; none before the room is on.
    public let address: URL?
    /// Hold the picture as it is: the shopper points at it.
    public let isFrozen: Bool
    /// To be told a few times a second which programme time is on the screen, milliseconds (`EXT-X-PROGRAM-DATE-TIME`).
    public let shown: @MainActor (Timestamp) -> Void
    /// To be told the size of the picture, in any unit: only its shape counts.
    public let sized: @MainActor (CGSize) -> Void
}
