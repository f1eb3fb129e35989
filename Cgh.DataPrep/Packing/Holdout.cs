using Cgh.Core.Numpy;

namespace Cgh.DataPrep.Packing;

/// <summary>Draws validation images from the training images of a source that has none.</summary>
internal static class Holdout
{
    /// <summary>
    /// Draws from each class, in the order of the classes, the first numbers of NumPy's <c>permutation(n)</c>: round(n * share) of n images, but at least one
    /// and not all of them. A class with a single image keeps it for training.
    /// </summary>
    /// <param name="labels">Class of each image.</param>
    /// <param name="share">Share to draw, above 0 and below 1.</param>
    /// <param name="seed">Seed of the generator, which is one for all classes.</param>
    /// <returns>Whether each image is drawn.</returns>
    public static bool[] Draw(IReadOnlyList<int> labels, double share, uint seed)
    {
        var ofClass = Enumerable.Range(0, labels.Count).GroupBy(i => labels[i]).OrderBy(images => images.Key);
        var random = new RandomState(seed);
        var drawn = new bool[labels.Count];
        foreach (var images in ofClass.Select(images => images.ToArray()).Where(images => images.Length > 1))
        {
            var count = Math.Clamp((int)Math.Round(images.Length * share), 1, images.Length - 1);
            foreach (var image in random.Permutation(images.Length).Take(count))
            {
                drawn[images[image]] = true;
            }
        }

        return drawn;
    }
}
