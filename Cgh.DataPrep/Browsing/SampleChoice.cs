namespace Cgh.DataPrep.Browsing;

/// <summary>Chooses images that show what a source holds: as many classes as possible, evenly.</summary>
internal static class SampleChoice
{
    /// <summary>Returns at most <paramref name="max"/> of the positions, in their order.</summary>
    /// <param name="positions">Positions of images.</param>
    /// <param name="labelAt">Label of the image at a position.</param>
    /// <param name="max">Maximum number of images.</param>
    public static IReadOnlyList<int> Of(ReadOnlySpan<int> positions, Func<int, int> labelAt, int max)
    {
        var sizes = new Dictionary<int, int>();
        foreach (var position in positions)
        {
            sizes[labelAt(position)] = sizes.GetValueOrDefault(labelAt(position)) + 1;
        }

        // Classes spread over the labels, each with its share of the images.
        var labels = sizes.Keys.Order().ToList();
        var shown = Math.Min(max, labels.Count);
        var wanted = Enumerable.Range(0, shown).ToDictionary(
            i => labels[(int)((long)i * labels.Count / shown)],
            i => (max / shown) + (i < max % shown ? 1 : 0));

        var chosen = new List<int>(max);
        var seen = new Dictionary<int, int>();
        foreach (var position in positions)
        {
            var label = labelAt(position);
            if (wanted.TryGetValue(label, out var count))
            {
                var index = seen.GetValueOrDefault(label);
                seen[label] = index + 1;
                if (StartsAPart(index, sizes[label], count))
                {
                    chosen.Add(position);
                }
            }
        }

        return chosen;
    }

    // Whether an image is the first of one of `parts` equal parts of its class.
    private static bool StartsAPart(int index, int images, int parts) =>
        parts >= images || index == 0 || (long)index * parts / images != (index - 1L) * parts / images;
}
