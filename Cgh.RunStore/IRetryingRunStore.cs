namespace Cgh.RunStore;

/// <summary>
/// The run store for services that tolerate outages of its server: every call is retried until it succeeds or is cancelled. Repeated calls are
/// idempotent, except that an attempt number may be skipped.
/// </summary>
public interface IRetryingRunStore : IRunStore;
