using System.Globalization;
using System.Text;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules;

/// <summary>Error of the authors' formula on one kind of triples.</summary>
/// <param name="Data">Description of the triples.</param>
/// <param name="Triples">Number of triples.</param>
/// <param name="Differ">Fraction for which the two formulas differ.</param>
/// <param name="MeanError">Mean of |authors' - median|, relative to the mean of |median|.</param>
/// <param name="LargestError">Largest |authors' - median|.</param>
/// <param name="WrongSign">Fraction for which the authors' formula gives the opposite sign.</param>
/// <param name="Zero">Fraction for which the authors' formula gives zero and the median is not zero.</param>
internal sealed record MedianError(string Data, long Triples, double Differ, double MeanError, double LargestError, double WrongSign, double Zero);

/// <summary>Measures the error of <see cref="Median.OfThreeByTheAuthors"/>; docs/results/median.md has the figures.</summary>
internal static class MedianCost
{
    private const int Chunk = 1 << 20;

    private static readonly (string Data, Func<int, Generator, Tensor[]> Draw)[] s_kinds =
    [
        ("three of N(0, 1)", (count, random) => [Normal(count, random), Normal(count, random), Normal(count, random)]),
        ("N(0, 1e-3) between values near 1 and -1", (count, random) => Between(1e-3, count, random)),
        ("N(0, 1e-6) between values near 1 and -1", (count, random) => Between(1e-6, count, random)),
        ("N(0, 1e-8) between values near 1 and -1", (count, random) => Between(1e-8, count, random)),
    ];

    /// <summary>Measures the error on each kind of data.</summary>
    /// <param name="count">Number of triples of each kind.</param>
    /// <param name="seed">Seed of the random numbers.</param>
    public static IReadOnlyList<MedianError> Measure(long count, uint seed) => [.. s_kinds.Select(kind => Measure(kind.Data, kind.Draw, count, seed))];

    /// <summary>Formats the rows as a Markdown table.</summary>
    public static string Table(IReadOnlyList<MedianError> rows)
    {
        var table = new StringBuilder()
            .AppendLine("| data | triples | differ | mean error | largest error | opposite sign | zero |")
            .AppendLine("|---|---|---|---|---|---|---|");
        foreach (var row in rows)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {row.Data} | {row.Triples:N0} | {row.Differ:P2} | {row.MeanError:P4} | {row.LargestError:G3} ");
            table.AppendLine(CultureInfo.InvariantCulture, $"| {row.WrongSign:P2} | {row.Zero:P2} |");
        }

        return table.ToString();
    }

    private static MedianError Measure(string data, Func<int, Generator, Tensor[]> draw, long count, uint seed)
    {
        using var random = new Generator(seed, CPU);
        double differ = 0, off = 0, size = 0, largest = 0, wrongSign = 0, zero = 0;
        for (var done = 0L; done < count; done += Chunk)
        {
            using var scope = NewDisposeScope();
            var triples = draw((int)Math.Min(Chunk, count - done), random);
            var exact = Median.OfThree(triples[0], triples[1], triples[2]);
            var authors = Median.OfThreeByTheAuthors(triples[0], triples[1], triples[2]);
            differ += exact.ne(authors).sum().item<long>();
            wrongSign += exact.mul(authors).lt(0).sum().item<long>();
            zero += authors.eq(0).logical_and(exact.ne(0)).sum().item<long>();

            // In float64, differences of float32 numbers are exact.
            var error = authors.to(float64).sub_(exact.to(float64)).abs_();
            largest = Math.Max(largest, error.max().item<double>());
            off += error.sum().item<double>();
            size += exact.to(float64).abs_().sum().item<double>();
        }

        return new MedianError(data, count, differ / count, off / size, largest, wrongSign / count, zero / count);
    }

    private static Tensor Normal(int count, Generator random) => randn(count, generator: random);

    private static Tensor[] Between(double deviation, int count, Generator random) =>
        [Normal(count, random).mul_(0.1).add_(1), Normal(count, random).mul_(deviation), Normal(count, random).mul_(0.1).sub_(1)];
}
