using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RunFolder _run;

    public RunFolderTests() => _run = new RunFolder(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NoRun_NamesTheRemedy()
    {
        var error = Assert.Throws<UserErrorException>(_run.Load);

        Assert.Equal($"{_folder.Path} contains no run (no run.json). Give the folder of a run, such as data/experiments/EXPERIMENT/RUN.", error.Message);
        Assert.False(_run.Exists);
    }

    [Theory]
    [InlineData("""{ "version": 1, "attempts": null, "spec": { "name": "a" } }""")]
    [InlineData("""{ "version": 1, "attempts": [], "spec": null }""")]
    public void Load_RecordWithNulls_IsRejected(string text)
    {
        File.WriteAllText(_run.Record, text);

        var error = Assert.Throws<UserErrorException>(_run.Load);

        Assert.StartsWith($"{_run.Record} is not readable: ", error.Message);
    }

    // The attempt after it would have no number.
    [Theory]
    [InlineData("2147483647")]
    [InlineData("1000000001")]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("")]
    public void Claim_DamagedNumber_IsReplaced(string number)
    {
        File.WriteAllText(_run.Newest, number);

        Assert.Equal(0, _run.NewestAttempt());
        Assert.True(_run.Claim(_run.NewestAttempt() + 1));
        Assert.Equal(1, _run.ClaimedAttempt());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("epoch,step,count,loss\n", null)]
    [InlineData("epoch,step,count,loss", null)]
    [InlineData("epoch,step,count,loss\n0,0,20,4.5\n", 0.0)]
    [InlineData("epoch,step,count,loss\r\n0,0,20,4.5\r\n0,10,20,4.25\r\n", 10.0)]
    [InlineData("epoch,step,count,loss\n0,0,20,4.5\n0,10,20", 0.0)]
    public void ReadLastRow_FileInAnyState_IsTheLastCompleteRow(string? text, double? step)
    {
        if (text is not null)
        {
            File.WriteAllText(_run.Csv(Curves.Train), text);
        }

        Assert.Equal(step, _run.ReadLastRow(Curves.Train)?[1]);
    }

    [Fact]
    public void ReadLastRow_LongFile_IsThatOfReadCurve()
    {
        File.WriteAllText(
            _run.Csv(Curves.Train), Curves.TrainHeader + "\n" + string.Concat(Enumerable.Range(0, 5000).Select(step => $"0,{step},20,4.123456789\n")));

        Assert.Equal(_run.ReadCurve(Curves.Train)[^1], _run.ReadLastRow(Curves.Train));
    }

    [Fact]
    public void ReadLastRow_DamagedRow_IsRejectedAsByReadCurve()
    {
        File.WriteAllText(_run.Csv(Curves.Train), Curves.TrainHeader + "\n0,0,20,4.5\n0,0,\0\0\n");

        var error = Assert.Throws<UserErrorException>(() => _run.ReadLastRow(Curves.Train));

        Assert.Equal(Assert.Throws<UserErrorException>(() => _run.ReadCurve(Curves.Train)).Message, error.Message);
    }

    public static TheoryData<string, string> NotAFile { get; } =
        [.. new[] { "run.json", ".attempt", "train.csv" }.SelectMany(file => DamagedFile.Kinds.Select(kind => new TheoryDataRow<string, string>(file, kind)))];

    [Theory]
    [MemberData(nameof(NotAFile))]
    public async Task Read_AnotherThingInPlaceOfAFile_IsRejectedOrEmpty(string file, string kind)
    {
        DamagedFile.Put(_folder[file], kind);

        // The timeout only ends the test if reading blocks.
        Action[] reads = [() => _ = _run.Load(), () => _ = _run.NewestAttempt(), () => _ = _run.ReadCurve(Curves.Train)];
        await Task.Run(() => Array.ForEach(reads, Accept), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        static void Accept(Action read)
        {
            var error = Record.Exception(read);
            Assert.True(error is null or UserErrorException or IOException or UnauthorizedAccessException, $"{error}");
            Assert.DoesNotContain(error?.Message ?? "", char.IsControl);
        }
    }

    [Fact]
    public void Save_Record_RoundTrips()
    {
        var record = new RunRecord
        {
            Spec = new RunSpec { Name = "m3", Rule = RuleChoice.Parse("m3"), Dataset = "demo" },
            DatasetFolder = "/data/datasets/demo",
            Status = RunStatus.Completed,
            Attempts = [new AttemptRecord
            {
                Number = 1,
                Host = "a",
                ProcessId = 7,
                Started = DateTimeOffset.UnixEpoch,
                FromStep = 3,
                Status = RunStatus.Interrupted,
            }],
            Seconds = 1.5,
            Result = new Dictionary<string, EvaluationResult> { [Curves.TrainSample] = new(10, 0.25, 90, 100) },
        };

        _run.Save(record);
        var loaded = _run.Load();

        Assert.Equal(record.Attempts, loaded.Attempts);
        Assert.Equal(record.Result, loaded.Result!);
        Assert.Equal(record with { Attempts = [], Result = null }, loaded with { Attempts = [], Result = null });
    }

    [Fact]
    public void ReadCurve_FileMissing_ReturnsNoRows() => Assert.Empty(_run.ReadCurve(Curves.Test));

    [Fact]
    public void ReadCurve_OnlyTheHeader_ReturnsNoRows()
    {
        WriteFile("corrupt.csv", Curves.EvaluationHeader + "\n");

        Assert.Empty(_run.ReadCurve(Curves.Corrupt));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void ReadCurve_IncompleteLastLine_ReturnsTheCompleteRows(string lineEnd)
    {
        WriteFile("train.csv", string.Join(lineEnd, Curves.TrainHeader, "0,0,20,4.625", "0,10,20,NaN", "0,2"));

        Assert.Equal([[0, 0, 20, 4.625], [0, 10, 20, double.NaN]], _run.ReadCurve(Curves.Train));
    }

    [Fact]
    public void Header_EveryCurve_HasTheAuthorsColumns() =>
        Assert.Equal(
            ["epoch,step,count,loss", .. Enumerable.Repeat("epoch,count,loss,acc1,acc5", 4)],
            Curves.All.Select(Curves.Header));

    private string WriteFile(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        return _folder[name];
    }
}
