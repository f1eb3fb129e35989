using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Trainer.Recording;

namespace Cgh.Trainer.Tests.Recording;

public sealed class CurveFilesTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly RunFolder _folder;

    public CurveFilesTests() => _folder = new RunFolder(_temporary.Path);

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Append_Rows_AreWrittenImmediatelyAndReadBackExactly()
    {
        using var curves = new CurveFiles(_folder, new RunFence(_folder, attempt: 1), new Dictionary<string, int>());

        Assert.Equal(0, curves.Append(Curves.Test, 0, 20, 1.0 / 3, 5, 25));
        Assert.Equal(1, curves.Append(Curves.Test, 1, 20, 1e-7, 100, 100));

        Assert.Equal("epoch,count,loss,acc1,acc5\n0,20,0.3333333333333333,5,25\n1,20,1E-07,100,100\n", File.ReadAllText(_folder.Csv(Curves.Test)));
        Assert.Equal([[0, 20, 1.0 / 3, 5, 25], [1, 20, 1e-7, 100, 100]], _folder.ReadCurve(Curves.Test));
        Assert.Equal("epoch,count,loss,acc1,acc5\n", File.ReadAllText(_folder.Csv(Curves.Corrupt)));
        Assert.Equal(2, curves.Rows[Curves.Test]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3,30,10,0.7")]
    [InlineData("3,30,10,0.7\n4,40,10,0.6\n")]
    public void Open_RowsAfterTheCheckpoint_TruncatesThem(string lost)
    {
        const string Kept = "epoch,step,count,loss\n1,10,10,0.9\n2,20,10,0.8\n";
        File.WriteAllText(_folder.Csv(Curves.Train), Kept + lost);

        using (var curves = new CurveFiles(_folder, new RunFence(_folder, attempt: 1), new Dictionary<string, int> { [Curves.Train] = 2 }))
        {
            curves.Append(Curves.Train, 3, 30, 10, 0.5);
        }

        Assert.Equal(Kept + "3,30,10,0.5\n", File.ReadAllText(_folder.Csv(Curves.Train)));
    }

    [Fact]
    public void Append_FolderMissing_ThrowsWithoutCreatingIt()
    {
        var folder = new RunFolder(Directory.CreateDirectory(_temporary["run"]).FullName);
        Assert.True(folder.Claim(1));
        using var curves = new CurveFiles(folder, new RunFence(folder, attempt: 1), new Dictionary<string, int>());
        Directory.Move(folder.Path, _temporary["away"]);

        var error = Assert.Throws<UserErrorException>(() => curves.Append(Curves.Train, 0, 0, 10, 0.9));

        Assert.Equal($"{folder.Path} no longer exists. If it is on a network share, mount the share, then resume the run.", error.Message);
        Assert.False(Directory.Exists(folder.Path));
    }

    [Fact]
    public void Append_NewerAttemptStarted_Throws()
    {
        using var older = new CurveFiles(_folder, new RunFence(_folder, attempt: 1), new Dictionary<string, int>());
        older.Append(Curves.Train, 0, 0, 10, 0.9);
        Assert.True(_folder.Claim(2));

        Assert.Throws<SupersededException>(() => older.Append(Curves.Train, 0, 10, 10, 0.8));
        Assert.Throws<SupersededException>(() => new CurveFiles(_folder, new RunFence(_folder, attempt: 1), new Dictionary<string, int>()));
        using var newer = new CurveFiles(_folder, new RunFence(_folder, attempt: 2), new Dictionary<string, int> { [Curves.Train] = 1 });
        newer.Append(Curves.Train, 0, 10, 10, 0.7);

        Assert.Equal([[0, 0, 10, 0.9], [0, 10, 10, 0.7]], _folder.ReadCurve(Curves.Train));
        Assert.False(_folder.Claim(1));
    }

    [Theory]
    [InlineData("epoch,step,count,loss\n1,10,10,0.9\n", "has fewer rows than the checkpoint (2).")]
    [InlineData("epoch,step,count,loss\n1,10,10,0.9\n2,20,10,0.8", "has fewer rows than the checkpoint (2).")]
    [InlineData("", "is empty or not a regular file. Restore it")]
    public void Open_FewerRowsThanTheCheckpoint_ThrowsAndKeepsTheFile(string content, string expected)
    {
        File.WriteAllText(_folder.Csv(Curves.Train), content);

        var error = Assert.Throws<UserErrorException>(
            () => new CurveFiles(_folder, new RunFence(_folder, attempt: 1), new Dictionary<string, int> { [Curves.Train] = 2 }));

        Assert.Contains(expected, error.Message);
        Assert.Equal(content, File.ReadAllText(_folder.Csv(Curves.Train)));
    }
}
