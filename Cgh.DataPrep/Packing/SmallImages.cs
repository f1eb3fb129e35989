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

        var sample = SampleReader.Spread(source, PackPlanner.Make(source, options).Positions(Split.Train).ToArray(), Sampled);
        using var reader = new ImageReader(options.ShortSide, options.Side);
        int[] sides = [.. new SampleReader(source, options).Read(sample).Select(read => ShorterSide(read.Image)).OfType<int>().Order()];
        if (sides.Length == 0)
        {
            return options;
        }

        var median = sides[sides.Length / 2];
        return options with { Side = Math.Min(options.Side, median), ShortSide = Math.Min(options.ShortSide, median) };

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
}
