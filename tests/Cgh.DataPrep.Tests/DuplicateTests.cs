using Cgh.Core.Datasets;
using Cgh.DataPrep.Packing;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Images with the same pixels.</summary>
public sealed class DuplicateTests : IDisposable
{
    private static readonly PackOptions s_options = new() { Side = 16, ShortSide = 16 };

    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public DuplicateTests() => _source = TestSource.Make(_folder);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pack_SamePixelsInTrainAndValAndUnderAnotherLabel_AreListedAndCounted(bool keepJpeg)
    {
        Copy("train/class000/class000_00001.JPEG", "val/class000/copy, one.JPEG");
        Copy("train/class001/class001_00000.JPEG", "train/class002/copy.JPEG");

        var manifest = DatasetPacker.Pack(
            _source, _folder["set"], s_options with { KeepJpeg = keepJpeg }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(new DuplicateCounts(Images: 4, Groups: 2, TrainAndVal: 1, DifferentLabels: 2), manifest.Duplicates! with { Sha256 = null });
        Assert.Equal(
            """
            group,split,index,file,label
            0,train,1,train/class000/class000_00001.JPEG,class000
            0,val,2,"val/class000/copy, one.JPEG",class000
            1,train,4,train/class001/class001_00000.JPEG,class001
            1,train,12,train/class002/copy.JPEG,class002

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(_folder["set", "duplicates.csv"]));
        Assert.Equal(
            [
                "4 images have the same pixels as another one (duplicates.csv lists them).",
                "1 image of val is also in train.",
                "2 images have the same pixels as one with another label.",
            ],
            DatasetFindings.Lines(manifest));
    }

    [Fact]
    public void Pack_NoDuplicates_WritesNoList()
    {
        var manifest = DatasetPacker.Pack(_source, _folder["set"], s_options, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(new DuplicateCounts(0, 0, 0, 0), manifest.Duplicates);
        Assert.False(File.Exists(_folder["set", "duplicates.csv"]));
        Assert.Empty(DatasetFindings.Lines(manifest));
    }

    public void Dispose() => _folder.Dispose();

    private void Copy(string from, string to) => File.Copy(Path.Combine(_source, from), Path.Combine(_source, to));
}
