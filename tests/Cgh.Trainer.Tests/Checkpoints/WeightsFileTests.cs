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

    [Theory]
    [InlineData(
        "before-1.6.pth",
        "is in the format of PyTorch before version 1.6, which is not supported. "
            + "If you trust it, convert it in Python: torch.save(torch.load('before-1.6.pth', map_location='cpu'), 'new.pth')")]
    [InlineData("whole-model.pth", "its pickle refers to torch.nn.modules.container.Sequential; only tensors are supported, and nothing is executed")]
    public void Open_OldFormatOrWholeModel_ExplainsHowToConvert(string name, string reason)
    {
        var error = Assert.Throws<UserErrorException>(() => WeightsFile.Open(Golden.PathOf("weights", name)));

        Assert.Contains(reason, error.Message);
        Assert.Contains("convert it in Python", error.Message);
        Assert.DoesNotContain('\n', error.Message);
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
}
