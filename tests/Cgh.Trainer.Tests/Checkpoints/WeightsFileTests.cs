using System.Diagnostics;
using System.IO.Compression;
using Cgh.Core;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Models;
using Cgh.Trainer.Tests.Support;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Checkpoints;

public sealed class WeightsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("state-dict.pth")]
    [InlineData("state-dict-protocol-4.pth")]
    [InlineData("checkpoint.pth")]
    [InlineData("legacy.pth")]
    [InlineData("namespace.pth")]
    public void Open_FileSavedByTorch_ReadsItsTensors(string name)
    {
        using var scope = NewDisposeScope();
        using var file = WeightsFile.Open(Golden.PathOf("weights", name));

        Assert.Equal(["0.bias", "0.weight", "brain", "count", "half", "parameter", "part", "turned"], file.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([0f, 3, 1, 4, 2, 5], Plain.Values(file.Tensors["turned"]));
        Assert.Equal([3, 2], file.Tensors["turned"].shape);
        Assert.Equal([3f, 5, 7], Plain.Values(file.Tensors["part"].to(float32)));
        Assert.Equal([1.5f, -2], Plain.Values(file.Tensors["half"].to(float32)));
        Assert.Equal([1.5f, -2], Plain.Values(file.Tensors["brain"].to(float32)));
        Assert.Equal([7f], Plain.Values(file.Tensors["parameter"]));
        Assert.Equal(1L << 40, file.Tensors["count"].item<long>());

        // One step of SGD at 0.1 from 0, 1, 2, ... with a gradient of ones.
        Assert.Equal([-0.1f, 0.9f, 1.9f, 2.9f, 3.9f, 4.9f], Plain.Values(file.Tensors["0.weight"]));
    }

    // As module.state_dict(), also for a part with two names.
    [Theory]
    [InlineData("whole-model.pth", "0.bias 0.weight")]
    [InlineData("whole-model-legacy.pth", "0.bias 0.weight")]
    [InlineData("script.pt", "0.bias 0.weight")]
    [InlineData("nested-model.pth", "a.bias a.num_batches_tracked a.running_mean a.running_var a.weight b.0.bias b.0.weight c.0.bias c.0.weight")]
    public void Open_WholeModel_ReadsItsStateDict(string name, string expected)
    {
        using var file = WeightsFile.Open(Golden.PathOf("weights", name));

        Assert.Equal(expected.Split(' '), file.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(file.Tensors.Values, tensor => Assert.True(tensor.isfinite().all().item<bool>()));
    }

    [Theory]
    [InlineData("module.", "module.")]
    [InlineData("model.", "model.")]
    [InlineData("_orig_mod.module.", "_orig_mod.module.")]
    [InlineData("module. n_averaged", "module.")]
    [InlineData("net.backbone.", "net.backbone.")]
    [InlineData("other.", null)]
    public void Open_PrefixOfAllNames_IsRemovedIfAWrapperWritesIt(string given, string? removed)
    {
        using var scope = NewDisposeScope();
        var prefix = given.Split(' ')[0];
        string[] names = [$"{prefix}w", $"{prefix}b", .. given.Split(' ')[1..]];
        SafeTensors.Write(_folder["file"], names.Select(name => KeyValuePair.Create(name, ones(1))), SafeTensors.ForPyTorch);

        using var file = WeightsFile.Open(_folder["file"]);

        Assert.Equal(removed is null ? [$"{prefix}b", $"{prefix}w"] : ["b", "w"], file.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(removed is null ? [] : [$"The prefix '{removed}' of all names was removed."], file.Notes);
    }

    [Fact]
    public void Open_PrefixOfSomeNames_IsKept()
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(_folder["file"], [new("module.w", ones(1)), new("b", ones(1))], SafeTensors.ForPyTorch);

        using var file = WeightsFile.Open(_folder["file"]);

        Assert.Equal(["b", "module.w"], file.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(file.Notes);
    }

    public static TheoryData<byte[], string> OtherFiles { get; } = new()
    {
        { [.. "\n<!DOCTYPE html><html><body>Sign in</body></html>"u8], "is a web page, not weights" },
        { [.. "<html>"u8], "is a web page, not weights" },
        { [.. "<Error><Code>AccessDenied</Code></Error>"u8], "is XML or a web page, not weights" },
        { [.. "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"u8], "is a Git LFS pointer, not the file itself. Run 'git lfs pull'" },
        { [.. "{ \"error\": \"not found\" }"u8], "is JSON, not weights" },
        { [.. "404: Not Found"u8], "is text, not weights" },
        { new byte[1000], "has only zeros at its start, such as an unfinished download" },
        { [0x93, .. "NUMPY"u8, 1, 0], "is a NumPy array" },
        { [0x89, .. "HDF\r\n"u8, 0x1a, 10], "is an HDF5 file" },
        { [.. new byte[257], .. "ustar"u8, .. new byte[300]], "is a tar archive. If it holds weights, unpack it first." },
        { [0xfd, .. "7zXZ"u8, 0], "is compressed. Decompress it first: xz -dc " },
        { [0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70], "is not a valid safetensors file" },
        { ZipOf("notes.txt"), "is a zip archive that torch.save did not write (it holds notes.txt). If it holds weights, unpack it first." },
    };

    [Theory]
    [MemberData(nameof(OtherFiles))]
    public void Open_FileThatIsNoWeights_SaysWhatItIs(byte[] content, string reason)
    {
        foreach (var name in new[] { "weights.pth", "weights.safetensors" })
        {
            File.WriteAllBytes(_folder[name], content);

            var error = Assert.Throws<UserErrorException>(() => WeightsFile.Open(_folder[name]));

            Assert.StartsWith($"{_folder[name]} {reason}", error.Message);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void Open_CompressedFile_GivesTheCommandWhoseResultIsRead()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no gzip.");
        using (var target = new GZipStream(File.Create(_folder["weights.pth"]), CompressionLevel.Fastest))
        {
            target.Write(File.ReadAllBytes(Golden.PathOf("weights", "legacy.pth")));
        }

        var command = Assert.Throws<UserErrorException>(() => WeightsFile.Open(_folder["weights.pth"])).Message.Split("first: ")[1];
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = _folder.Path })!;
        shell.WaitForExit();
        using var file = WeightsFile.Open(_folder["weights"]);

        Assert.Equal(8, file.Tensors.Count);
    }

    // The first bytes say what a file is, not its name.
    [Fact]
    public void Open_NameOfTheOtherFormat_ReadsIt()
    {
        using (var weights = WeightsFile.Open(Golden.PathOf("weights", "state-dict.pth")))
        {
            SafeTensors.Write(_folder["a.pth"], weights.Tensors, SafeTensors.ForPyTorch);
        }

        File.Copy(Golden.PathOf("weights", "state-dict.pth"), _folder["b.safetensors"]);

        Assert.All(["a.pth", "b.safetensors"], name =>
        {
            using var weights = WeightsFile.Open(_folder[name]);
            Assert.Equal(8, weights.Tensors.Count);
        });
    }

    // The length of the header has the first bytes of other formats: those of a pickle of each protocol, and those of a zip archive.
    [Theory]
    [InlineData(640)]
    [InlineData(0x380)]
    [InlineData(0x480)]
    [InlineData(0x580)]
    [InlineData(0x4b50)]
    public void Open_SafeTensorsWithAHeaderOfThisLength_ReadsItsTensors(int length)
    {
        using var scope = NewDisposeScope();
        // The padding makes the header as long as it must be; its quotes, comma and so on are counted by writing it once.
        long Write(string padding)
        {
            SafeTensors.Write(_folder["file"], new Dictionary<string, Tensor> { ["w"] = ones(3) }, new Dictionary<string, string> { ["padding"] = padding });
            return BitConverter.ToInt64(File.ReadAllBytes(_folder["file"]));
        }

        var empty = (int)Write("");
        Assert.Equal(length, Write(new string('x', length - empty)));

        using var file = WeightsFile.Open(_folder["file"]);

        Assert.Equal([1f, 1, 1], Plain.Values(file.Tensors["w"]));
    }

    [Fact]
    public void Open_EmptyFile_Throws()
    {
        File.Create(_folder["file"]).Dispose();

        var error = Assert.Throws<UserErrorException>(() => WeightsFile.Open(_folder["file"]));

        Assert.Equal($"{_folder["file"]} is empty or not a regular file. Use a regular file with content.", error.Message);
    }

    [Theory]
    [InlineData("missing", "tensor 'fc.bias' of resnet-small is missing")]
    [InlineData("surplus", "resnet-small does not have tensor 'fc.more'")]
    [InlineData("renamed", "tensor 'fc.bias' of resnet-small is missing. The file has tensor 'fc.more', which resnet-small does not.")]
    [InlineData("misshapen", "tensor 'fc.bias' must have shape 3 for resnet-small (it has 4)")]
    [InlineData("transposed", "tensor 'fc.weight' must have shape 3x96 for resnet-small (it has 96x3)")]
    [InlineData("nan", "tensor 'layer1.0.conv2.weight' has a value that is not finite")]
    [InlineData("infinite", "tensor 'bn1.running_var' has a value that is not finite")]
    [InlineData("too large", "tensor 'fc.bias' has a value that is not finite")]
    [InlineData("integers", "tensor 'fc.bias' must have type Float32 for resnet-small (it has Int64)")]
    [InlineData("float counter", "tensor 'bn1.num_batches_tracked' must have type Int64 for resnet-small (it has Float32)")]
    public void CopyInto_WrongTensor_NamesItAndCopiesNothing(string what, string reason)
    {
        using var scope = NewDisposeScope();
        using var given = ModelRegistry.Create("resnet-small", 3);
        using var model = ModelRegistry.Create("resnet-small", 3);
        var tensors = ModelTensors.Of(given).ToDictionary(entry => entry.Key, entry => entry.Value.detach().clone());
        switch (what)
        {
            case "missing":
                tensors.Remove("fc.bias");
                break;
            case "surplus":
                tensors["fc.more"] = zeros(1);
                break;
            case "renamed":
                tensors.Remove("fc.bias");
                tensors["fc.more"] = zeros(3);
                break;
            case "misshapen":
                tensors["fc.bias"] = zeros(4);
                break;
            case "transposed":
                tensors["fc.weight"] = tensors["fc.weight"].t();
                break;
            case "nan":
                tensors["layer1.0.conv2.weight"].view(-1)[5] = float.NaN;
                break;
            case "infinite":
                tensors["bn1.running_var"][0] = float.PositiveInfinity;
                break;
            case "too large":
                tensors["fc.bias"] = full(3, 1e300, ScalarType.Float64);
                break;
            case "integers":
                tensors["fc.bias"] = zeros(3, ScalarType.Int64);
                break;
            default:
                tensors["bn1.num_batches_tracked"] = tensor(1f);
                break;
        }

        SafeTensors.Write(_folder["file"], tensors, SafeTensors.ForPyTorch);
        var before = model.parameters().SelectMany(Plain.Values).ToArray();
        using var file = WeightsFile.Open(_folder["file"]);

        var error = Assert.Throws<UserErrorException>(() => file.CopyInto(model, "resnet-small"));

        Assert.StartsWith($"{_folder["file"]}: {reason}", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(before, model.parameters().SelectMany(Plain.Values));
    }

    [Fact]
    public void CopyInto_OtherPrecisionsPrefixAndNoCounters_CopiesAllTensors()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var given = ModelRegistry.Create("resnet-small", 3);
        manual_seed(2);
        using var model = ModelRegistry.Create("resnet-small", 3);
        ScalarType[] types = [ScalarType.Float32, ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16];
        var tensors = ModelTensors.Of(given)
            .Where(entry => entry.Value.is_floating_point())
            .Select((entry, index) => KeyValuePair.Create("module." + entry.Key, entry.Value.detach().to(types[index % types.Length])))
            .ToArray();
        SafeTensors.Write(_folder["file"], tensors, SafeTensors.ForPyTorch);
        using var file = WeightsFile.Open(_folder["file"]);

        Assert.Empty(file.CopyInto(model, "resnet-small"));
        Assert.Equal(["The prefix 'module.' of all names was removed."], file.Notes);

        var ours = ModelTensors.Of(model).ToDictionary();
        Assert.All(tensors, entry => Assert.Equal(Plain.Values(entry.Value.to(float32)), Plain.Values(ours[entry.Key["module.".Length..]])));
    }

    [Fact]
    public void CopyInto_AuxiliaryHeadForModelWithoutOne_SkipsIt()
    {
        using var scope = NewDisposeScope();
        using var given = ModelRegistry.Create("inception-v3", 3, auxiliaryLogits: true);
        using var model = ModelRegistry.Create("inception-v3", 3);
        SafeTensors.Write(_folder["file"], ModelTensors.Of(given), SafeTensors.ForPyTorch);
        using var file = WeightsFile.Open(_folder["file"]);

        var leftOut = file.CopyInto(model, "inception-v3");

        Assert.All(leftOut, name => Assert.StartsWith("AuxLogits.", name));
        Assert.Equal(14, leftOut.Count);
    }

    [Fact]
    public void CopyInto_ReplacedHead_KeepsTheModelsOwnAndNamesTheFilesTensors()
    {
        using var scope = NewDisposeScope();
        var source = ModelRegistry.Create("resnet-small", classes: 7);
        SafeTensors.Write(_folder["seven.safetensors"], ModelTensors.Of(source).ToDictionary(StringComparer.Ordinal), new Dictionary<string, string>());
        var target = ModelRegistry.Create("resnet-small", classes: 3);
        var head = ModelTensors.Of(target).Single(tensor => tensor.Key == "fc.weight").Value.clone();
        using var file = WeightsFile.Open(_folder["seven.safetensors"]);

        var leftOut = file.CopyInto(ModelTensors.Of(target), "resnet-small", ModelRegistry.Heads("resnet-small"));

        Assert.Equal(["fc.bias", "fc.weight"], leftOut);
        var copied = ModelTensors.Of(target).ToDictionary(StringComparer.Ordinal);
        Assert.True(copied["fc.weight"].equal(head).all().item<bool>());
        Assert.True(copied["conv1.weight"].equal(ModelTensors.Of(source).First().Value).all().item<bool>());
        Assert.Contains("fc.weight", Assert.Throws<UserErrorException>(() => file.CopyInto(target, "resnet-small")).Message);
    }

    private static byte[] ZipOf(string name)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            zip.CreateEntry(name);
        }

        return file.ToArray();
    }
}
