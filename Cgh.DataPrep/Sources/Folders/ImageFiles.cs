namespace Cgh.DataPrep.Sources.Folders;

/// <summary>A source whose images are files of their own below a folder.</summary>
/// <param name="root">The folder. Names of images are paths relative to it.</param>
/// <param name="info">What was recognized.</param>
/// <param name="images">The images.</param>
/// <param name="fingerprint">SHA-256 over all paths, lengths and times of change.</param>
internal abstract class ImageFiles(string root, SourceInfo info, ImageList images, string fingerprint) : IImageSource
{
    /// <summary>The folder that the names of images are relative to.</summary>
    public string Root => root;

    public SourceInfo Info => info;

    public ImageList Images => images;

    public string Fingerprint => fingerprint;

    public bool IsSequential => false;

    public IEnumerable<ImageSample> Samples(IEnumerable<int> positions) => positions.Select(position =>
    {
        var image = images[position];
        return new ImageSample(position, image, () => ImageFile.Open(Path.Combine(root, image.Name)));
    });

    public void Dispose()
    {
    }
}
