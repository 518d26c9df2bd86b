#if canImport(UserNotifications)
import Foundation
import Nightmarket
import UserNotifications

/// Reminders of drops as local notifications, one per drop.
final class Reminders: Notifier {
    func schedule(drop: DropId, atMs: Int64, title: String) throws {
        let content = UNMutableNotificationContent()
        content.title = title
        content.sound = .default
        let wait = Double(atMs) / 1_000 - Date.now.timeIntervalSince1970
        let trigger = UNTimeIntervalNotificationTrigger(timeInterval: max(wait, 1), repeats: false)
        let request = UNNotificationRequest(identifier: drop, content: content, trigger: trigger)
        Task {
            let center = UNUserNotificationCenter.current()
            // Asked when the first reminder is wanted, not before; without permission none is shown.
            guard try await center.requestAuthorization(options: [.alert, .sound]) else { return }
            try await center.add(request)
        }
    }

    func cancel(drop: DropId) throws {
        UNUserNotificationCenter.current().removePendingNotificationRequests(withIdentifiers: [drop])
    }
}
#endif
