using System.Globalization;
using Cgh.Core.Runs;

namespace Cgh.Trainer.Coherence;

/// <summary>Coherence of a set of examples.</summary>
/// <param name="Curve">One of <see cref="Curves.CoherenceSets"/>.</param>
/// <param name="Layers">The sums of all weights, by the empty name, then those of each layer.</param>
internal sealed record SetCoherence(string Curve, IReadOnlyList<(string Layer, CoherenceSums Sums)> Layers)
{
    /// <summary>Name of the set in <see cref="Curves.CoherenceLayers"/>: all, pristine or corrupt.</summary>
    public string Set => Curve switch
    {
        Curves.CoherencePristine => Curves.Pristine,
        Curves.CoherenceCorrupt => Curves.Corrupt,
        _ => "all",
    };

    /// <summary>A row of <see cref="Curves.CoherenceLayers"/>.</summary>
    public string Row(int epoch, string layer, CoherenceSums sums) =>
        string.Create(CultureInfo.InvariantCulture, $"{epoch},{Set},{layer},{sums.Count},{sums.Alpha:R},{sums.Coherence:R}");
}
