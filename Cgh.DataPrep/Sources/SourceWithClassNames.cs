namespace Cgh.DataPrep.Sources;

/// <summary>A source whose classes have the names of a file of the user's.</summary>
internal sealed class SourceWithClassNames : IImageSource
{
    private readonly IImageSource _source;

    private SourceWithClassNames(IImageSource source, SourceInfo info)
    {
        _source = source;
        Info = info;
    }

    public SourceInfo Info { get; }

    public ImageList Images => _source.Images;

    public string Fingerprint => _source.Fingerprint;

    public bool IsSequential => _source.IsSequential;

    public IEnumerable<ImageSample> Samples(IEnumerable<int> positions) => _source.Samples(positions);

    public void Dispose() => _source.Dispose();

    /// <summary>Reads the names.</summary>
    /// <exception cref="Core.UserErrorException">The file cannot be read, or has none of the classes. The source is then disposed.</exception>
    public static SourceWithClassNames Open(IImageSource source, string path)
    {
        try
        {
            return new SourceWithClassNames(source, source.Info with { ClassNames = ClassNameFile.Read(path, source.Info.Classes) });
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }
}
