using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Xunit;

namespace Cgh.Reports.Tests;

public sealed class ReportFileTests : IDisposable
{
    private readonly SampleExperiment _sample = new();

    public void Dispose() => _sample.Dispose();

    [Fact]
    public void Write_FolderMissing_ThrowsAUsageError()
    {
        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(new ExperimentFolder("/nowhere/demo")));

        Assert.Equal("There is no experiment at /nowhere/demo. Specify an experiment's id or the path of its folder.", error.Message);
        Assert.Equal(2, error.ExitCode);
    }

    [Fact]
    public void Write_EmptyFolder_ReportsThatThereAreNoRuns()
    {
        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.Equal($"{_sample.Folder.Path} contains no runs (no folder with a run.json). Specify a folder written by 'train' or by a recipe.", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_sample.Folder.Path));
    }

    [Fact]
    public void Write_NoRunHasStarted_ReportsIt()
    {
        _sample.AddRecipe(SampleExperiment.Spec("sgd", "sgd"));

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.StartsWith($"No run of {_sample.Folder.Path} has started yet.", error.Message);
    }

    [Fact]
    public void Write_FolderOfASingleRun_NamesTheParentFolder()
    {
        var run = AddRun();

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(new ExperimentFolder(run.Path)));

        Assert.Equal($"{run.Path} is the folder of a single run. Specify its parent folder: {_sample.Folder.Path}", error.Message);
    }

    [Theory]
    [InlineData("1,2000,4.6,abc,5", "line 3 must have 5 numbers, epoch,count,loss,acc1,acc5 (got '1,2000,4.6,abc,5').")]
    [InlineData("1,2000,4.6", "line 3 must have 5 numbers, epoch,count,loss,acc1,acc5 (got '1,2000,4.6').")]
    public void Write_MalformedLine_NamesFileAndLineAndWritesNothing(string line, string expected)
    {
        var run = AddRun();
        SampleExperiment.WriteCsv(run, Curves.Corrupt, ["0,2000,4.6,1,5", line]);

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.StartsWith($"{run.Csv(Curves.Corrupt)} {expected}", error.Message);
        Assert.Equal([run.Path], Directory.GetFileSystemEntries(_sample.Folder.Path));
    }

    [Fact]
    public void Write_WrongHeader_NamesTheExpectedColumns()
    {
        var run = AddRun();
        File.WriteAllText(run.Csv(Curves.Test), "epoch,loss\n0,4.6\n");

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.StartsWith($"{run.Csv(Curves.Test)} line 1 must be 'epoch,count,loss,acc1,acc5' (got 'epoch,loss').", error.Message);
    }

    [Fact]
    public void Write_TruncatedRunRecord_NamesIt()
    {
        var run = AddRun();
        File.WriteAllText(run.Record, "{ \"spec\": {");

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.StartsWith($"{run.Record} is not readable:", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task Write_AnotherIsWritingIt_WaitsForThatBeforeTheFirstFile()
    {
        AddRun();
        Task writing;
        using (FolderLock.Take(_sample.Folder.Path))
        {
            writing = Task.Run(() => ExperimentReport.Write(_sample.Folder), TestContext.Current.CancellationToken);
            Assert.NotSame(writing, await Task.WhenAny(writing, Task.Delay(500, TestContext.Current.CancellationToken)));
            Assert.Empty(Directory.GetFiles(_sample.Folder.Path, "*.svg"));
        }

        await writing;
        Assert.True(File.Exists(_sample.Folder.Report));
    }

    [Fact]
    public void Write_Twice_LeavesNoTemporaryFiles()
    {
        AddRun();
        ExperimentReport.Write(_sample.Folder);

        ExperimentReport.Write(_sample.Folder);

        Assert.Empty(Directory.GetFiles(_sample.Folder.Path, "*" + AtomicFile.TemporaryPath(""), SearchOption.AllDirectories));
    }

    private RunFolder AddRun() => _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50));
}
