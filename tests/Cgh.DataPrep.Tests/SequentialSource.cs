using Cgh.DataPrep.Sources;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Behaves like an archive: a sample's stream is valid only until the next sample.</summary>
internal sealed class SequentialSource(IImageSource images) : IImageSource
{
    private readonly List<string> _opened = [];

    public IReadOnlyList<string> Opened => _opened;

    public SourceInfo Info => images.Info;

    public ImageList Images => images.Images;

    public string Fingerprint => images.Fingerprint;

    public bool IsSequential => true;

    public IEnumerable<ImageSample> Samples(IEnumerable<int> positions)
    {
        var current = -1;
        foreach (var sample in images.Samples(positions))
        {
            Assert.True(sample.Position > current, $"{sample.Position} comes after {current}.");
            current = sample.Position;
            yield return sample with { Open = () => Open(sample) };
        }

        Stream Open(ImageSample sample)
        {
            Assert.Equal(current, sample.Position);
            _opened.Add(sample.Image.Name);
            return sample.Open();
        }
    }

    public void Dispose() => images.Dispose();
}
