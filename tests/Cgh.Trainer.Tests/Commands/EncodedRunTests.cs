using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Trainer.Data;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Commands;

[Collection(TorchInOtherProcesses.Name)]
public sealed class EncodedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _pixels;
    private readonly string _encoded;

    public EncodedRunTests() => (_pixels, _encoded) = TinyImages.Create(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Resume_EncodedImagesWithOtherThreads_EqualsAnUninterruptedRunOnPixels()
    {
        // A checkpoint at nearly every step.
        var spec = TinyRun.Spec("rm3") with { Augmentation = Augmentation.CropFlip, CropSide = 6, CheckpointMinutes = 1e-6 };
        var expected = new RunFolder(_folder["undisturbed/run"]);
        var actual = new RunFolder(_folder["disturbed/run"]);
        Assert.Equal(0, TrainerProcess.Run([.. Train(spec, _pixels), "--out", _folder["undisturbed"]]).ExitCode);
        using (var process = TrainerProcess.StartWith(Threads(1), [.. Train(spec, _encoded), "--out", _folder["disturbed"], "--supervised"]))
        {
            while (process.NextEvent() is not (null or AttemptProgressed))
            {
            }

            process.Kill();
            process.Finish();
        }

        using (var process = TrainerProcess.StartWith(Threads(3), "resume", actual.Path))
        {
            Assert.Equal(0, process.Finish().ExitCode);
        }

        Assert.Equal(2, actual.Load().Attempts.Count);
        RunComparison.AssertSame(expected, actual);
    }

    // Mapped into memory, the file would end the process with SIGBUS, and run.json would keep saying that the run trains.
    [Theory]
    [InlineData(false, Split.Train)]
    [InlineData(true, Split.Train)]
    [InlineData(false, Split.Val)]
    public void Train_ShardTruncatedWhileTraining_EndsAsFailedWithTheShard(bool isEncoded, Split split)
    {
        var dataset = isEncoded ? _encoded : _pixels;
        var run = new RunFolder(_folder["out/run"]);
        using var process = TrainerProcess.Start([.. Train(TinyRun.Spec("sgd") with { Epochs = 100_000 }, dataset), "--out", _folder["out"], "--supervised"]);
        while (process.NextEvent() is not (null or AttemptProgressed))
        {
        }

        using (var shard = TinyImages.OpenShard(dataset, split))
        {
            shard.SetLength(0);
        }

        var (exitCode, _, errors) = process.Finish();

        Assert.Equal((1, RunStatus.Failed), (exitCode, run.Load().Status));
        Assert.Matches(
            $@"^\S*{TinyImages.Shard("tiny", split)}: image \d+ \(line \d+ of files.txt\) is missing: the file was truncated\. "
            + @"'Cgh\.DataPrep verify \S+' lists all damage, and 'Cgh\.DataPrep repair \S+' restores it\.$",
            run.Load().Error);
        Assert.Equal(run.Load().Error, errors.Trim());
    }

    [Fact]
    public void Train_InvalidNumberOfDecodeThreads_IsRejected()
    {
        using var process = TrainerProcess.StartWith(Threads(0), [.. Train(TinyRun.Spec("sgd"), _encoded), "--out", _folder["out"]]);

        var (exitCode, _, errors) = process.Finish();

        Assert.Equal(2, exitCode);
        Assert.Equal("CGH_DECODE_THREADS must be an integer from 1 to 256, or unset (it is '0').", errors.Trim());
        Assert.False(Directory.Exists(_folder["out"]));
    }

    private static Dictionary<string, string> Threads(int count) => new() { [DecodeThreads.Variable] = $"{count}" };

    private string[] Train(RunSpec spec, string dataset)
    {
        CghJson.Save(_folder["spec.json"], spec with { Dataset = dataset });
        return ["train", "--spec", _folder["spec.json"]];
    }
}
