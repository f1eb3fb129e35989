namespace Cgh.Core.Store;

/// <summary>Live state of the making of a dataset.</summary>
public sealed record DatasetState(string Name, string Stage, int Done, int Total, bool Ready, string? Error);
