import NightmarketBindings

/// Why a call could not do its work: what went wrong, a code that never changes, and what a person can do about it.
public typealias NightmarketError = NightmarketBindings.NightmarketError
/// What a person, or the app for them, can do about a ``NightmarketError``.
public typealias Remedy = NightmarketBindings.Remedy

/// A call that may wait for a network or a person. Canceling the task ends the wait with `Canceled`, at once; what was
/// written down before goes on.
func cancelable<T: Sendable>(_ call: (CancelToken) async throws -> T) async throws(NightmarketError) -> T {
    let token = CancelToken()
    return try await plain {
        try await withTaskCancellationHandler {
            try await call(token)
        } onCancel: {
            token.cancel()
        }
    }
}

/// A call that only reads or writes on this device.
func plain<T: Sendable>(_ call: () async throws -> T) async throws(NightmarketError) -> T {
    do {
        return try await call()
    } catch let error as NightmarketError {
        throw error
    } catch {
        throw .Internal(reason: "\(error)")
    }
}

/// As `plain`, for what answers at once.
func direct<T>(_ call: () throws -> T) throws(NightmarketError) -> T {
    do {
        return try call()
    } catch let error as NightmarketError {
        throw error
    } catch {
        throw .Internal(reason: "\(error)")
    }
}
