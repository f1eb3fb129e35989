namespace Cgh.RunStore;

/// <summary>
/// The run store for services that keep working while its server is away: every call is retried until the server answers or the
/// call is cancelled. A repeated call has the effect of one call; an attempt's number may skip one.
/// </summary>
public interface IRetryingRunStore : IRunStore;
