namespace Cgh.Dashboard.Live;

/// <summary>Something in the run store has changed. It names what; subscribers read the content from the store.</summary>
/// <param name="Experiment">Id of the experiment that changed, itself or one of its runs.</param>
/// <param name="Dataset">Name of the dataset that changed.</param>
/// <param name="RejectedMessages">The list of rejected messages has changed.</param>
public sealed record FeedChange(string? Experiment, string? Dataset = null, bool RejectedMessages = false)
{
    public static FeedChange OfRejectedMessages { get; } = new(Experiment: null, RejectedMessages: true);
}
