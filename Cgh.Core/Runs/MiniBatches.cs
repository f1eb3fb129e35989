namespace Cgh.Core.Runs;

/// <summary>How an epoch is cut into mini-batches.</summary>
/// <param name="Examples">Training examples.</param>
/// <param name="Size">Examples in a mini-batch.</param>
/// <param name="Groups">Groups that the rule splits each mini-batch into.</param>
/// <remarks>
/// The last mini-batch of an epoch may be smaller, as the authors' loader has it. It is left out where a group of it would have
/// fewer than two examples, which batch normalisation needs; the order is drawn anew each epoch, so that other examples are
/// left out then.
/// </remarks>
public sealed record MiniBatches(int Examples, int Size, int Groups)
{
    private const int SmallestGroup = 2;

    public int PerEpoch => (Examples / Size) + (Examples % Size >= SmallestGroup * Groups ? 1 : 0);

    /// <summary>Examples that an epoch trains on.</summary>
    public int ExamplesPerEpoch => Math.Min(PerEpoch * Size, Examples);

    /// <summary>Examples of mini-batch <paramref name="step"/> of an epoch.</summary>
    public Range Of(int step) => (step * Size)..Math.Min((step + 1) * Size, Examples);
}
