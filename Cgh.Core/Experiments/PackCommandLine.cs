using System.Globalization;
using Cgh.Core.Datasets;

namespace Cgh.Core.Experiments;

/// <summary>The command line that packs a dataset as requested.</summary>
public static class PackCommandLine
{
    /// <summary>The arguments of <c>Cgh.DataPrep</c>.</summary>
    public static IReadOnlyList<string> Arguments(DatasetRequest request)
    {
        var defaults = new DatasetRequest();
        List<string> arguments = ["pack", request.Source ?? "SOURCE", "--out", request.Name.Length > 0 ? request.Name : "NAME"];
        Add("--side", request.Side, defaults.Side);
        Add("--short-side", request.ShortSide, defaults.ShortSide);
        Add("--classes", request.Classes, null);
        Add("--per-class", request.PerClass, null);
        Add("--holdout", request.Holdout, null);
        Add("--seed", request.Seed, defaults.Seed);
        Add("--val-labels", request.ValLabels, null);
        Add("--class-names", request.ClassNames, null);
        Add("--image-column", request.ImageColumn, null);
        Add("--label-column", request.LabelColumn, null);
        Add("--shard-size", request.ShardSize, null);
        if (request.EmptyClasses != EmptyClasses.Refuse)
        {
            arguments.AddRange(["--empty-classes", request.EmptyClasses == EmptyClasses.Keep ? "keep" : "drop"]);
        }

        var flags = new[]
        {
            (request.Coarse, "--coarse"), (request.Orient, "--orient"), (request.KeepJpeg, "--keep-jpeg"), (request.LargeImages, "--large-images"),
        };
        arguments.AddRange(flags
            .Where(flag => flag.Item1)
            .Select(flag => flag.Item2));
        return arguments;

        void Add<T>(string option, T value, T standard)
        {
            if (value is not null && !value.Equals(standard))
            {
                arguments.AddRange([option, string.Create(CultureInfo.InvariantCulture, $"{value}")]);
            }
        }
    }

    /// <summary>The command for a shell.</summary>
    /// <param name="request">What to pack.</param>
    /// <param name="more">Further arguments.</param>
    public static string Text(DatasetRequest request, params IEnumerable<string> more) =>
        $"Cgh.DataPrep {string.Join(' ', Arguments(request).Concat(more).Select(Quoted))}";

    private static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "/._-:=,+@\\".Contains(c, StringComparison.Ordinal))
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
