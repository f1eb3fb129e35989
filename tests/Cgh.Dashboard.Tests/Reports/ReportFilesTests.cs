using Cgh.Core.Files;
using Cgh.Dashboard.Reports;
using Cgh.Dashboard.Tests.Fakes;
using Microsoft.AspNetCore.Http.HttpResults;
using Xunit;

namespace Cgh.Dashboard.Tests.Reports;

public sealed class ReportFilesTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("cgh-reports-");
    private readonly ReportFiles _files;

    public ReportFilesTests()
    {
        var data = new DataFolder(_root.FullName);
        _files = new ReportFiles(data);
        var experiment = Directory.CreateDirectory(Path.Combine(data.Experiments, Samples.Id));
        foreach (var file in (string[])["experiment.json", "results.json", "report.md", "accuracy.png", "accuracy.svg", "notes.exe"])
        {
            File.WriteAllText(Path.Combine(experiment.FullName, file), file);
        }

        var run = experiment.CreateSubdirectory("sgd");
        File.WriteAllText(Path.Combine(run.FullName, "loss.png"), "of a run's own");
        File.WriteAllText(Path.Combine(_root.FullName, "secret.md"), "not of this experiment");
        File.CreateSymbolicLink(Path.Combine(experiment.FullName, "link.md"), Path.Combine(_root.FullName, "secret.md"));
    }

    [Fact]
    public void List_Report_TextFirstThenFiguresAndResults() =>
        Assert.Equal(["report.md", "accuracy.png", "accuracy.svg", "results.json"], _files.List(Samples.Id));

    [Fact]
    public void Send_ListedFile_HasItsContentType()
    {
        var sent = Assert.IsType<PhysicalFileHttpResult>(_files.Send(Samples.Id, "accuracy.svg"));

        Assert.Equal("image/svg+xml", sent.ContentType);
        Assert.Equal("accuracy.svg", File.ReadAllText(sent.FileName));
    }

    [Fact]
    public void Send_Image_IsSent()
    {
        var sent = Assert.IsType<PhysicalFileHttpResult>(_files.Send(Samples.Id, "accuracy.png"));

        Assert.Equal("image/png", sent.ContentType);
        Assert.Equal("accuracy.png", File.ReadAllText(sent.FileName));
    }

    [Fact]
    public void Url_Image_IsUnderTheReport() =>
        Assert.Equal($"experiments/{Samples.Id}/report/loss%20a.png", ReportFiles.Url(Samples.Id, "loss a.png"));

    [Theory]
    [InlineData(Samples.Id, "../../secret.md")]
    [InlineData(Samples.Id, "sgd/../../../secret.md")]
    [InlineData(Samples.Id, "sgd/loss.png")]
    [InlineData(Samples.Id, "sgd")]
    [InlineData(Samples.Id, "link.md")]
    [InlineData(Samples.Id, "experiment.json")]
    [InlineData(Samples.Id, "notes.exe")]
    [InlineData(Samples.Id, "none.md")]
    [InlineData("..", "secret.md")]
    [InlineData("unheard-of", "report.md")]
    public void Send_OtherFile_IsNotFound(string experiment, string file) => Assert.IsType<NotFound>(_files.Send(experiment, file));

    [Fact]
    public void List_HostHasNoDataFolder_IsEmpty() => Assert.Empty(new ReportFiles(data: null).List(Samples.Id));

    public void Dispose() => _root.Delete(recursive: true);
}
