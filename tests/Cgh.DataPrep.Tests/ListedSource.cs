using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;

namespace Cgh.DataPrep.Tests;

/// <summary>A source that is only a list: what is packed is decided from that.</summary>
internal sealed class ListedSource : IImageSource
{
    /// <param name="classes">Names of the classes.</param>
    /// <param name="train">Label of each training image.</param>
    /// <param name="val">Label of each validation image.</param>
    public ListedSource(string[] classes, int[] train, int[] val)
    {
        Info = new SourceInfo { Path = "/source", Kind = "list", LabelsFrom = "the test", Classes = classes };
        Images = new ImageList();
        for (var i = 0; i < train.Length; i++)
        {
            Images.Add(Split.Train, $"train/{i}", train[i]);
        }

        for (var i = 0; i < val.Length; i++)
        {
            Images.Add(Split.Val, $"val/{i}", val[i]);
        }
    }

    public SourceInfo Info { get; }

    public ImageList Images { get; }

    public string Fingerprint => "";

    public bool IsSequential => false;

    public IEnumerable<ImageSample> Samples(IEnumerable<int> positions) =>
        positions.Select(position => new ImageSample(position, Images[position], () => throw new InvalidOperationException("There are no images.")));

    public void Dispose()
    {
    }
}
