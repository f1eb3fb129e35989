namespace Cgh.Core.Runs;

/// <summary>The mini-batches of an epoch.</summary>
/// <param name="Examples">Number of training examples.</param>
/// <param name="Size">Examples per mini-batch.</param>
/// <param name="Groups">Groups that the rule splits each mini-batch into.</param>
/// <remarks>
/// The last mini-batch of an epoch may be smaller, as with the authors' loader. It is skipped if one of its groups would have fewer than two
/// examples, which batch normalization needs. The order is drawn again in each epoch, so the skipped examples differ.
/// </remarks>
public sealed record MiniBatches(int Examples, int Size, int Groups)
{
    private const int MinGroupSize = 2;

    public int PerEpoch => (Examples / Size) + (Examples % Size >= MinGroupSize * Groups ? 1 : 0);

    /// <summary>Examples that an epoch trains on.</summary>
    public int ExamplesPerEpoch => Math.Min(PerEpoch * Size, Examples);

    /// <summary>Examples of mini-batch <paramref name="step"/> of an epoch.</summary>
    public Range Of(int step) => (step * Size)..Math.Min((step + 1) * Size, Examples);
}
