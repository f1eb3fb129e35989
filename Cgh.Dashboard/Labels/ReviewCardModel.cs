using Cgh.Core.LabelQuality;

namespace Cgh.Dashboard.Labels;

/// <summary>What the card of a suspect shows.</summary>
/// <param name="Index">Index of the example.</param>
/// <param name="Image">Address of its image.</param>
/// <param name="IsSmall">The image is shown larger than it is: without smoothing.</param>
/// <param name="Given">Name of its class.</param>
/// <param name="Suggested">Name of the suggested class.</param>
/// <param name="Score">Its score.</param>
/// <param name="Kind">What it looks like.</param>
/// <param name="State">What the reviewers say together, or in a second review what this reviewer says.</param>
/// <param name="Verdict">The same in words; empty if undecided.</param>
/// <param name="IsSelected">Keys apply to it.</param>
public sealed record ReviewCardModel(
    int Index, string Image, bool IsSmall, string Given, string Suggested, string Score, SuspectKind Kind, VerdictState State, string Verdict, bool IsSelected);
