using Cgh.Core.Files;
using Cgh.Core.LabelQuality;
using Cgh.Dashboard.Labels;
using Cgh.Dashboard.Reports;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Xunit;

namespace Cgh.Dashboard.Tests.Labels;

public sealed class LabelEndpointsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LabelReviews _reviews;
    private readonly string _version;

    public LabelEndpointsTests()
    {
        var data = new DataFolder(_folder.Path);
        ReportedDataset.WriteDataset(_folder["datasets", "set"], images: 12);
        ReportedDataset.WriteReport(_folder["experiments", "e-1", "suspects"], _folder["datasets", "set"]);
        _reviews = new LabelReviews(new ReportFiles(data), data, TimeProvider.System);
        _version = _reviews.Find(new("e-1", "suspects"))!.ImageVersion;
    }

    public void Dispose()
    {
        _reviews.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void SendImage_PackedPixels_IsAPngThatBrowsersKeep()
    {
        var context = new DefaultHttpContext();

        var sent = Assert.IsType<FileContentHttpResult>(LabelEndpoints.SendImage("e-1", "suspects", _version, 5, _reviews, context));

        Assert.Equal(("image/png", $"\"{_version}-5\""), (sent.ContentType, sent.EntityTag!.Tag.ToString()));
        Assert.Equal("private, max-age=31536000, immutable", context.Response.Headers.CacheControl);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], sent.FileContents[..4].ToArray());
    }

    [Fact]
    public void SendImage_DatasetOfFiles_IsTheFile()
    {
        ReportedDataset.WriteDataset(_folder["datasets", "files"], images: 12, isEncoded: true);
        ReportedDataset.WriteReport(_folder["experiments", "e-1", "files"], _folder["datasets", "files"]);
        var version = _reviews.Find(new("e-1", "files"))!.ImageVersion;

        var sent = Assert.IsType<FileContentHttpResult>(LabelEndpoints.SendImage("e-1", "files", version, 5, _reviews, new DefaultHttpContext()));

        Assert.Equal("image/jpeg", sent.ContentType);
        Assert.Equal(ReportedDataset.EncodedFile(5), sent.FileContents.ToArray());
    }

    [Theory]
    [InlineData("e-1", "suspects", "0000", 5)]
    [InlineData("e-1", "suspects", null, 12)]
    [InlineData("e-1", "other", null, 5)]
    [InlineData("e-1", "..", null, 5)]
    [InlineData("..", "suspects", null, 5)]
    public void SendImage_Unknown_IsNotFound(string experiment, string name, string? version, int index) =>
        Assert.IsType<NotFound>(LabelEndpoints.SendImage(experiment, name, version ?? _version, index, _reviews, new DefaultHttpContext()));

    [Fact]
    public void SendImage_DatasetGoesAndComesBack_IsUnavailableMeanwhile()
    {
        Directory.Move(_folder["datasets"], _folder["away"]);
        _reviews.Find(new("e-1", "suspects"))!.Check();

        var sent = Assert.IsType<ContentHttpResult>(LabelEndpoints.SendImage("e-1", "suspects", _version, 5, _reviews, new DefaultHttpContext()));

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, sent.StatusCode);
        Assert.StartsWith("There is no dataset 'set'", sent.ResponseContent, StringComparison.Ordinal);
        Directory.Move(_folder["away"], _folder["datasets"]);
        Assert.IsType<FileContentHttpResult>(LabelEndpoints.SendImage("e-1", "suspects", _version, 5, _reviews, new DefaultHttpContext()));
    }

    [Fact]
    public void SendDecisions_DatasetIsGone_HasTheDecisionsWithoutNamesOfFiles()
    {
        LabelReview.Open(_folder["experiments", "e-1", "suspects"], TimeProvider.System).Decide(0, "ada", DecisionKind.Accept);
        Directory.Move(_folder["datasets"], _folder["away"]);

        var sent = Assert.IsType<FileContentHttpResult>(LabelEndpoints.SendDecisions("e-1", "suspects", _reviews));

        var text = System.Text.Encoding.UTF8.GetString(sent.FileContents.Span);
        Assert.StartsWith("index,file,given,suggested,decision,label,reviewer,time\n0,,0,1,accept,1,ada,", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_ReportIsWrittenAgain_IsReadAgain()
    {
        var before = _reviews.Find(new("e-1", "suspects"));
        Assert.Same(before, _reviews.Find(new("e-1", "suspects")));

        File.SetLastWriteTimeUtc(_folder["experiments", "e-1", "suspects", LabelReport.Json], DateTime.UtcNow.AddMinutes(1));

        Assert.NotSame(before, _reviews.Find(new("e-1", "suspects")));
    }
}
