using Cgh.DataPrep.Packing;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary><c>verify</c> and <c>repair</c>.</summary>
public sealed class RepairTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _source;

    public RepairTests() => _source = TestSource.Make(_folder);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Repair_DamagedAndMissingFiles_AreMadeAgainByteForByte(bool keepJpeg)
    {
        File.WriteAllText(Path.Combine(_source, "train", "class000", "bad.JPEG"), "text");
        Pack(keepJpeg);
        var before = TestSource.Content(_folder["set"]);
        string[] damaged =
        [
            _folder["set", "train", "images-00001.npy"],
            .. keepJpeg ? [_folder["set", "train", "offsets-00000.npy"]] : Array.Empty<string>(),
            _folder["set", "train", "labels.npy"], _folder["set", "val", "images-00000.npy"], _folder["set", "val", "files.txt"],
        ];
        File.WriteAllBytes(damaged[0], [.. before["train/images-00001.npy"][..^1], (byte)~before["train/images-00001.npy"][^1]]);
        foreach (var file in damaged[1..])
        {
            File.Delete(file);
        }

        var verify = await DataPrepProcess.RunAsync("verify", _folder["set"]);
        var repair = await DataPrepProcess.RunAsync("repair", _folder["set"]);
        var verifyAgain = await DataPrepProcess.RunAsync("verify", _folder["set"]);

        Assert.Equal((1, ""), (verify.ExitCode, verify.Output));
        var expected = damaged.Select(file => $"{file} {(file == damaged[0] ? "does not match its checksum" : "is missing")}.");
        Assert.Equal(expected.Append($"To repair it: Cgh.DataPrep repair {_folder["set"]}").Order(), verify.Error.TrimEnd('\n').Split('\n').Order());
        Assert.Equal((0, ""), (repair.ExitCode, repair.Error));
        Assert.Equal(
            damaged.Select(file => $"{file}: repaired.").Append($"{_folder["set"]}: repaired.").Order(), repair.Output.TrimEnd('\n').Split('\n').Order());
        Assert.Equal(0, verifyAgain.ExitCode);
        Assert.EndsWith(": all checksums match.\n", verifyAgain.Output, StringComparison.Ordinal);
        Assert.Equal(before, TestSource.Content(_folder["set"]));
        Assert.Equal([_folder["set"], _source], Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Repair_SourceHasMoved_AsksForItAndUsesIt()
    {
        Pack(keepJpeg: false);
        var before = TestSource.Content(_folder["set"]);
        File.Delete(_folder["set", "train", "images-00000.npy"]);
        Directory.Move(_source, _folder["moved"]);

        var without = await DataPrepProcess.RunAsync("repair", _folder["set"]);
        var with = await DataPrepProcess.RunAsync("repair", _folder["set"], "--source", _folder["moved"]);

        Assert.Equal((2, "", $"The source of {_folder["set"]}, {_source}, does not exist. Say where it is with --source.\n"), without);
        Assert.Equal((0, ""), (with.ExitCode, with.Error));
        Assert.Equal(before, TestSource.Content(_folder["set"]));
    }

    [Fact]
    public async Task Repair_SourceHasOtherImages_ReplacesNothing()
    {
        Pack(keepJpeg: false);
        File.WriteAllText(_folder["set", "train", "images-00000.npy"], "damaged");
        File.Copy(
            Path.Combine(_source, "train", "class001", "class001_00000.JPEG"),
            Path.Combine(_source, "train", "class000", "class000_00000.JPEG"),
            overwrite: true);

        var (exitCode, _, error) = await DataPrepProcess.RunAsync("repair", _folder["set"]);

        Assert.Equal(
            (1, $"{_folder["set", "train", "images-00000.npy"]} cannot be repaired from this source: what was made of it has another checksum. "
                + "Give the source as it was with --source.\n"),
            (exitCode, error));
        Assert.Equal("damaged", File.ReadAllText(_folder["set", "train", "images-00000.npy"]));
        Assert.Equal([_folder["set"]], Directory.GetFileSystemEntries(_folder.Path, "set*"));
    }

    [Fact]
    public async Task Repair_NothingDamaged_ChangesNothing()
    {
        Pack(keepJpeg: false);
        var before = TestSource.Content(_folder["set"]);

        var result = await DataPrepProcess.RunAsync("repair", _folder["set"]);

        Assert.Equal((0, $"{_folder["set"]}: all checksums match; nothing to repair.\n", ""), result);
        Assert.Equal(before, TestSource.Content(_folder["set"]));
    }

    public void Dispose() => _folder.Dispose();

    private void Pack(bool keepJpeg) => DatasetPacker.Pack(
        _source,
        _folder["set"],
        new PackOptions { Side = 16, ShortSide = 16, ShardBytes = 5 * 16 * 16 * 3, KeepJpeg = keepJpeg, AllowSkipped = true },
        cancellationToken: TestContext.Current.CancellationToken);
}
