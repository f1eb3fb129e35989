using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.Images;

namespace Cgh.DataPrep.Packing;

/// <summary>Fits the side of a dataset to images that are smaller: enlarged ones take more space and time and show nothing more.</summary>
internal static class SmallImages
{
    private const int Sampled = 64;

    /// <summary>Returns the options with sides of at most the median shorter side of a sample. The same source always gives the same result.</summary>
    /// <exception cref="Core.UserErrorException">The source cannot be read.</exception>
    public static PackOptions Fit(IImageSource source, PackOptions options)
    {
        if (!options.NoEnlarge)
        {
            return options;
        }

        using var reader = new ImageReader(options.ShortSide, options.Side);
        int[] sides = [.. new SampleReader(source, options).Read(Sample(source, options)).Select(read => ShorterSide(read.Image)).OfType<int>().Order()];
        return sides.Length == 0 ? options : options with
        {
            Side = Math.Min(options.Side, sides[sides.Length / 2]),
            ShortSide = Math.Min(options.ShortSide, sides[sides.Length / 2]),
        };

        int? ShorterSide(DueImage image)
        {
            try
            {
                return image.Failure is null ? reader.ShorterSide(image.Open) : null;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw SampleReader.CannotRead(Path.Combine(source.Info.Path, image.Image.Name), error);
            }
        }
    }

    private static IEnumerable<int> Sample(IImageSource source, PackOptions options)
    {
        var all = PackPlanner.Make(source, options).Positions(Split.Train).ToArray();
        var count = Math.Min(all.Length, Sampled);
        return Enumerable.Range(0, count).Select(i => all[source.IsSequential ? i : (int)((long)i * all.Length / count)]);
    }
}
