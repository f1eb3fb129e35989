using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Sources;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Sources that fail in the middle, as an archive that ends early or a share that is unmounted.</summary>
public sealed class BrokenSourceTests : IDisposable
{
    private const int ImageBytes = 16 * 16 * 3;

    private static readonly PackOptions s_options = new() { Side = 16, ShortSide = 16, ShardBytes = ImageBytes };

    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public BrokenSourceTests() => _source = TestSource.Make(_folder);

    [Fact]
    public void Pack_EnumerationThrowsAnIOException_NamesTheSourceAndTheNextAttemptResumes()
    {
        var error = Assert.Throws<UserErrorException>(() => Pack(Ending(new EndOfStreamException("The archive is truncated."))));

        Assert.Equal(
            $"Cannot read {_source}: The archive is truncated. Fix this and rerun the command to resume: finished shards are kept.", error.Message);
        Assert.Equal(12, Pack(source => source).Train.Images);
    }

    [Fact]
    public void Pack_EnumerationThrowsAnotherException_PassesItOn()
    {
        var error = Assert.Throws<NotSupportedException>(() => Pack(Ending(new NotSupportedException("Compression 99."))));

        Assert.Equal("Compression 99.", error.Message);
        Assert.False(Directory.Exists(_folder["set"]));
    }

    public void Dispose() => _folder.Dispose();

    private DatasetManifest Pack(Func<IImageSource, IImageSource> change) => DatasetPacker.Pack(
        () => change(ImageSources.Open(_source)), _folder["set"], s_options, progress: null, TestContext.Current.CancellationToken);

    private static Func<IImageSource, IImageSource> Ending(Exception error) =>
        source => new ChangedSource(source, samples => samples.Take(5).Concat(Throwing(error)));

    private static IEnumerable<ImageSample> Throwing(Exception error)
    {
        foreach (var sample in Array.Empty<ImageSample>())
        {
            yield return sample;
        }

        throw error;
    }

    private sealed class ChangedSource(IImageSource images, Func<IEnumerable<ImageSample>, IEnumerable<ImageSample>> change) : IImageSource
    {
        public SourceInfo Info => images.Info;

        public ImageList Images => images.Images;

        public string Fingerprint => images.Fingerprint;

        public bool IsSequential => images.IsSequential;

        public IEnumerable<ImageSample> Samples(IEnumerable<int> positions) => change(images.Samples(positions));

        public void Dispose() => images.Dispose();
    }
}
