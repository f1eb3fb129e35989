namespace Cgh.Dashboard.Compare;

/// <summary>Points of a line.</summary>
/// <param name="X">Positions, in ascending order for a curve.</param>
/// <param name="Y">Values.</param>
/// <param name="Deviation">Sample standard deviation over the runs of a group at each point; null for a line of one run.</param>
public sealed record Points(double[] X, double[] Y, double[]? Deviation = null)
{
    public static Points Empty { get; } = new([], []);

    public int Count => X.Length;

    /// <summary>For a path through two accuracies, the epoch of each point.</summary>
    public double[]? Epochs { get; init; }
}

/// <summary>The arithmetic of the comparison; docs/compare.md describes it.</summary>
internal static class CurveMath
{
    /// <summary>
    /// Exponential moving average, without the bias of its start: <c>s = w * s + (1 - w) * y</c> from 0, divided by <c>1 - w^n</c> after n values.
    /// Values that are not finite are left as they are and do not count.
    /// </summary>
    public static double[] Smooth(IReadOnlyList<double> values, double weight)
    {
        var (average, power) = (0.0, 1.0);
        return
        [
            .. values.Select(value =>
            {
                if (!double.IsFinite(value))
                {
                    return value;
                }

                average = (weight * average) + ((1 - weight) * value);
                power *= weight;
                return average / (1 - power);
            }),
        ];
    }

    /// <summary>
    /// Mean and sample standard deviation of several curves at each position that all of them have. Curves without points are left out; there is no deviation
    /// for a single one.
    /// </summary>
    public static Points Mean(IReadOnlyList<Points> curves)
    {
        var used = curves.Where(curve => curve.Count > 0).ToList();
        if (used.Count < 2)
        {
            return used.FirstOrDefault() ?? Points.Empty;
        }

        // A position occurs once in a curve, except after damage: the last one counts.
        var others = used.Skip(1).Select(curve =>
        {
            var values = new Dictionary<double, double>(curve.Count);
            for (var i = 0; i < curve.Count; i++)
            {
                values[curve.X[i]] = curve.Y[i];
            }

            return values;
        }).ToList();
        var (x, y, deviation) = (new List<double>(), new List<double>(), new List<double>());
        var here = new double[used.Count];
        for (var i = 0; i < used[0].Count; i++)
        {
            here[0] = used[0].Y[i];
            if (others.Index().All(other => other.Item.TryGetValue(used[0].X[i], out here[other.Index + 1])))
            {
                var mean = here.Average();
                x.Add(used[0].X[i]);
                y.Add(mean);
                deviation.Add(Math.Sqrt(here.Sum(value => (value - mean) * (value - mean)) / (here.Length - 1)));
            }
        }

        return new Points([.. x], [.. y], [.. deviation]);
    }

    /// <summary>
    /// Keeps at most about <paramref name="max"/> points within <paramref name="window"/>, and a quarter of it on each side: in equal parts of the points, the
    /// lowest and the highest of each part, and the first and the last point. So no peak is lost.
    /// </summary>
    public static Points Reduce(Points points, int max, Interval? window = null)
    {
        if (points.Count <= max)
        {
            return points;
        }

        var kept = new List<int>();
        if (window is null)
        {
            Reduce(points.Y, 0, points.Count, max, kept);
        }
        else
        {
            // With the neighbour on each side, so that lines reach the edges of the plot.
            var from = Math.Max(0, Array.FindIndex(points.X, x => x >= window.From) - 1);
            var to = Array.FindLastIndex(points.X, x => x <= window.To) + 2;
            to = Math.Clamp(to, from, points.Count);
            Reduce(points.Y, 0, from, max / 4, kept);
            Reduce(points.Y, from, to, max, kept);
            Reduce(points.Y, to, points.Count, max / 4, kept);
        }

        double[] Kept(double[] values) => [.. kept.Select(i => values[i])];
        return new Points(Kept(points.X), Kept(points.Y), points.Deviation is { } deviation ? Kept(deviation) : null)
        {
            Epochs = points.Epochs is { } epochs ? Kept(epochs) : null,
        };
    }

    private static void Reduce(double[] values, int from, int to, int max, List<int> kept)
    {
        var count = to - from;
        if (count <= max)
        {
            kept.AddRange(Enumerable.Range(from, count));
            return;
        }

        if (max < 4)
        {
            kept.AddRange([from, to - 1]);
            return;
        }

        kept.Add(from);
        var parts = (max - 2) / 2;
        for (var part = 0; part < parts; part++)
        {
            var start = from + 1 + (int)((long)(count - 2) * part / parts);
            var end = from + 1 + (int)((long)(count - 2) * (part + 1) / parts);
            var (lowest, highest) = (start, start);
            for (var i = start + 1; i < end; i++)
            {
                lowest = values[i] < values[lowest] ? i : lowest;
                highest = values[i] > values[highest] ? i : highest;
            }

            kept.Add(Math.Min(lowest, highest));
            if (lowest != highest)
            {
                kept.Add(Math.Max(lowest, highest));
            }
        }

        kept.Add(to - 1);
    }
}
