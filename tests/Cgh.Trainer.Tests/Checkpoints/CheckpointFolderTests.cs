using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Checkpoints;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly CheckpointFolder _folder;
    private readonly List<string> _damaged = [];

    public CheckpointFolderTests() => _folder = new CheckpointFolder(_temporary.Path);

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Write_ManyCheckpoints_KeepsTheLastTwo()
    {
        foreach (var step in new[] { 5, 50, 500 })
        {
            Write(step);
        }

        Assert.Equal(["step-000000050.safetensors", "step-000000500.safetensors"], Files());
        Assert.Equal(500, ReadStep());
    }

    [Fact]
    public void Write_WhileTheRunFolderIsGone_DoesNotRecreateIt()
    {
        var folder = new CheckpointFolder(_temporary["vanished/checkpoints"]);
        using var values = zeros(3);

        Assert.Throws<DirectoryNotFoundException>(
            () => folder.Write(1, new Checkpoint { Spec = new RunSpec(), Data = "", Step = 1 }, [new("model.w", values)]));

        Assert.False(Directory.Exists(_temporary["vanished"]));
    }

    [Fact]
    public void Write_AfterResumingFromAnEarlierCheckpoint_DeletesLaterAndTemporaryFiles()
    {
        Write(10);
        Write(20);
        File.WriteAllText(_temporary["step-000000030.safetensors"], "damaged");
        File.WriteAllText(_temporary["step-000000040.safetensors.part"], "half");
        Assert.Equal(20, ReadStep());

        Write(25);

        Assert.Equal(["step-000000020.safetensors", "step-000000025.safetensors"], Files());
    }

    [Fact]
    public void ReadNewest_NewestDamaged_ReadsThePreviousOneAndReportsTheFile()
    {
        Write(10);
        Write(20);
        File.WriteAllText(_temporary["step-000000020.safetensors"], "damaged");

        Assert.Equal(10, ReadStep());
        Assert.StartsWith(_temporary["step-000000020.safetensors"], Assert.Single(_damaged));
    }

    [Fact]
    public void ReadNewest_AllDamaged_Throws()
    {
        File.WriteAllText(_temporary["step-000000020.safetensors"], "damaged");

        Assert.Throws<UserErrorException>(() => _folder.ReadNewest(_damaged.Add));
    }

    [Fact]
    public void ReadNewest_NoneOrCleared_ReturnsNull()
    {
        Assert.Null(_folder.ReadNewest(_damaged.Add));
        Write(10);

        _folder.Clear();

        Assert.Null(_folder.ReadNewest(_damaged.Add));
    }

    private void Write(int step)
    {
        using var values = zeros(3);
        _folder.Write(step, new Checkpoint { Spec = new RunSpec(), Data = "", Step = step }, [new("model.w", values)]);
    }

    private int ReadStep()
    {
        var (state, tensors) = _folder.ReadNewest(_damaged.Add)!.Value;
        tensors["model.w"].Dispose();
        return state.Step;
    }

    private string[] Files() => [.. Directory.GetFiles(_temporary.Path).Select(file => Path.GetFileName(file)!).Order()];
}
