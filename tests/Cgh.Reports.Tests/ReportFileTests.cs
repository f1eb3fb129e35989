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
    public void Write_NoSuchFolder_IsAUsageError()
    {
        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(new ExperimentFolder("/nowhere/demo")));

        Assert.Equal("There is no experiment at /nowhere/demo. Give an experiment's id or the path of its folder.", error.Message);
        Assert.Equal(2, error.ExitCode);
    }

    [Fact]
    public void Write_EmptyFolder_SaysThatThereAreNoRuns()
    {
        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.Equal($"{_sample.Folder.Path} holds no runs (no folder with a run.json in it). Give a folder that 'train' or a recipe wrote.", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_sample.Folder.Path));
    }

    [Fact]
    public void Write_NoRunHasBegun_SaysSo()
    {
        _sample.AddRecipe(SampleExperiment.Spec("sgd", "sgd"));

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.StartsWith($"No run of {_sample.Folder.Path} has begun yet", error.Message);
    }

    [Fact]
    public void Write_FolderOfOneRun_NamesTheFolderAbove()
    {
        var run = AddRun();

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(new ExperimentFolder(run.Path)));

        Assert.Equal($"{run.Path} is the folder of one run. Give the folder that it lies in: {_sample.Folder.Path}", error.Message);
    }

    [Theory]
    [InlineData("1,2000,4.6,abc,5", "line 3 is '1,2000,4.6,abc,5' where 5 numbers (epoch,count,loss,acc1,acc5) are needed.")]
    [InlineData("1,2000,4.6", "line 3 is '1,2000,4.6' where 5 numbers (epoch,count,loss,acc1,acc5) are needed.")]
    public void Write_BadLine_NamesFileAndLineAndWritesNothing(string line, string expected)
    {
        var run = AddRun();
        SampleExperiment.WriteCsv(run, Curves.Corrupt, ["0,2000,4.6,1,5", line]);

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.StartsWith($"{run.Csv(Curves.Corrupt)} {expected}", error.Message);
        Assert.Equal([run.Path], Directory.GetFileSystemEntries(_sample.Folder.Path));
    }

    [Fact]
    public void Write_WrongHeader_NamesTheColumnsThatAreNeeded()
    {
        var run = AddRun();
        File.WriteAllText(run.Csv(Curves.Test), "epoch,loss\n0,4.6\n");

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.StartsWith($"{run.Csv(Curves.Test)} line 1 is 'epoch,loss' where 'epoch,count,loss,acc1,acc5' is needed.", error.Message);
    }

    [Fact]
    public void Write_RunRecordCutShort_NamesIt()
    {
        var run = AddRun();
        File.WriteAllText(run.Record, "{ \"spec\": {");

        var error = Assert.Throws<UserErrorException>(() => ExperimentReport.Write(_sample.Folder));

        Assert.StartsWith($"{run.Record} is not readable:", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Write_Twice_LeavesNoPartOfAFile()
    {
        AddRun();
        ExperimentReport.Write(_sample.Folder);

        ExperimentReport.Write(_sample.Folder);

        Assert.Empty(Directory.GetFiles(_sample.Folder.Path, "*" + AtomicFile.TemporaryPath(""), SearchOption.AllDirectories));
    }

    private RunFolder AddRun() => _sample.AddRun(SampleExperiment.Spec("sgd", "sgd"), (100, 99, 99, 50));
}
