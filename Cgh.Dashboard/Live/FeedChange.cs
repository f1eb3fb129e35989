namespace Cgh.Dashboard.Live;

/// <summary>Something in the run store is newer than before; what it concerns is named, its content is read from the store.</summary>
/// <param name="Experiment">Id of the experiment, when it is one's or one of its run's.</param>
/// <param name="Dataset">Name of the dataset, when it is being made.</param>
/// <param name="RejectedMessages">The list of rejected messages.</param>
public sealed record FeedChange(string? Experiment, string? Dataset = null, bool RejectedMessages = false)
{
    public static FeedChange OfRejectedMessages { get; } = new(Experiment: null, RejectedMessages: true);
}
