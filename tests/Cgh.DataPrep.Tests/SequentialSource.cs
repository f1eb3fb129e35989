using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Behaves like an archive: each split can be enumerated once, and a sample's stream is valid only until the next sample.</summary>
internal sealed class SequentialSource(IImageSource images) : IImageSource
{
    private readonly HashSet<Split> _read = [];
    private readonly List<string> _opened = [];

    public IReadOnlyList<string> Opened => _opened;

    public string Path => images.Path;

    public IReadOnlyList<string> Classes => images.Classes;

    public string Fingerprint => images.Fingerprint;

    public bool IsSequential => true;

    public int Count(Split split) => images.Count(split);

    public IEnumerable<ImageSample> Samples(Split split)
    {
        Assert.True(_read.Add(split), $"{split} is enumerated twice.");
        var current = -1;
        foreach (var (sample, index) in images.Samples(split).Select((sample, index) => (sample, index)))
        {
            current = index;
            yield return sample with { Open = () => Open(index) };

            Stream Open(int asked)
            {
                Assert.Equal(current, asked);
                _opened.Add(sample.Name);
                return sample.Open();
            }
        }
    }

    public void Dispose() => images.Dispose();
}
