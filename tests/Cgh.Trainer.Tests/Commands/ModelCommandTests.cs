using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Tests.Support;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Commands;

public sealed class ModelCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ModelCommandTests() => TinyDataset.Create(_folder["tiny"]);

    public void Dispose() => _folder.Dispose();

    // The layer of mlp on the pixels is that of the dataset's images, which are smaller than usual.
    [Theory]
    [InlineData("resnet-small")]
    [InlineData("mlp")]
    public void ExportImportAndTrain_WeightsOfARun_StartTheNextRunWhereItEnded(string model)
    {
        var first = new RunFolder(_folder["runs/first"]);
        var second = new RunFolder(_folder["runs/second"]);
        Assert.Equal(0, Train("first", "--model", model).ExitCode);

        var exported = TrainerProcess.Run("model", "export", first.Path, "--out", _folder["exported.safetensors"]);
        var imported = TrainerProcess.Run(
            "model", "import", _folder["exported.safetensors"], "--model", model, "--out", _folder["imported.safetensors"]);
        var trained = Train("second", "--model", model, "--weights", _folder["imported.safetensors"], "--seed", "9");

        Assert.Equal((0, 0, 0), (exported.ExitCode, imported.ExitCode, trained.ExitCode));
        Assert.Contains($"{model}, 5 classes", imported.Output);
        Assert.True(File.ReadAllBytes(first.Model).AsSpan().SequenceEqual(File.ReadAllBytes(_folder["imported.safetensors"])));
        var record = second.Load();
        Assert.Equal(_folder["imported.safetensors"], record.Spec.Weights);
        Assert.Equal(WeightsFile.Sha256(_folder["imported.safetensors"]), record.WeightsSha256);

        // Before its first epoch, the second run has the results of the first run's last evaluation; only the epoch differs.
        Assert.Equal(first.ReadCurve(Curves.Test)[^1][1..], second.ReadCurve(Curves.Test)[0][1..]);
    }

    [Fact]
    public void Export_RunWithoutWeights_GivesTheCommandAfterWhichItIsExported()
    {
        var run = new RunFolder(_folder["runs/first"]);
        Assert.Equal(0, Train("first").ExitCode);
        File.Delete(run.Model);
        Directory.Delete(run.Checkpoints, recursive: true);
        run.Save(run.Load() with { Status = RunStatus.Interrupted });
        string[] export = ["model", "export", run.Path, "--out", _folder["x.safetensors"]];

        var (exitCode, _, errors) = TrainerProcess.Run(export);

        Assert.Equal(1, exitCode);
        Assert.Contains("Resume the run with: Cgh.Trainer ", errors);
        Assert.Equal(0, TrainerProcess.Run(errors.Trim().Split("Cgh.Trainer ")[1].Split(' ')).ExitCode);
        Assert.Equal(0, TrainerProcess.Run(export).ExitCode);
    }

    // The line of output says what was taken from the file; the run starts with the same weights.
    [Fact]
    public void ImportAndTrain_CheckpointWithPrefixesAndOtherObjects_SayWhatTheyTook()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, Train("first").ExitCode);
        using (var weights = WeightsFile.Open(new RunFolder(_folder["runs/first"]).Model))
        {
            var pickle = new PickleWriter().Op('}').Op('(')
                .Text("args").Global("argparse", "Namespace").Op(')').Raw(0x81).Dictionary("lr", value => value.Op('N')).Op('b')
                .Text("ema").Op('}').Op('(').Text("w").Tensor("0", 1, 0, [1], [1], Storage(weights.Tensors.Values.First())).Op('u')
                .Text("net").Op('}').Op('(');
            var storages = new List<(string, long, byte[])>();
            foreach (var (name, tensor) in weights.Tensors)
            {
                var key = $"{storages.Count + 1}";
                pickle.Text($"_orig_mod.module.{name}").Tensor(key, tensor.numel(), 0, tensor.shape, tensor.stride(), Storage(tensor));
                storages.Add((key, tensor.numel(), tensor.bytes.ToArray()));
            }

            storages.Add(("0", 1, new byte[4]));
            File.WriteAllBytes(_folder["old.pth"], PickleWriter.LegacyFile(pickle.Op('u').Op('u').Bytes, storages));
        }

        var imported = TrainerProcess.Run("model", "import", _folder["old.pth"], "--model", "resnet-small", "--out", _folder["new.safetensors"]);
        var trained = Train("second", "--weights", _folder["old.pth"]);

        Assert.Equal((0, 0), (imported.ExitCode, trained.ExitCode));
        Assert.All([imported.Output, trained.Errors], text =>
        {
            Assert.Contains("The weights are those of 'net'; it also has 'ema'.", text);
            Assert.Contains("The prefix '_orig_mod.module.' of all names was removed.", text);
        });
        Assert.True(File.ReadAllBytes(new RunFolder(_folder["runs/first"]).Model).AsSpan().SequenceEqual(File.ReadAllBytes(_folder["new.safetensors"])));

        static string Storage(Tensor tensor) => tensor.dtype == ScalarType.Int64 ? "LongStorage" : "FloatStorage";
    }

    [Fact]
    public void Train_WeightsOfAnotherShape_NamesTheTensorAndDoesNotTrain()
    {
        Assert.Equal(0, Train("first").ExitCode);
        TinyDataset.Create(_folder["other"], side: 16);
        var manifest = File.ReadAllText(_folder["other/dataset.json"]);
        File.WriteAllText(_folder["other/dataset.json"], manifest.Replace("\"class-4\"", "\"class-4\", \"class-5\"", StringComparison.Ordinal));

        var (exitCode, _, errors) = Train("second", "--dataset", _folder["other"], "--weights", new RunFolder(_folder["runs/first"]).Model);

        Assert.Equal(1, exitCode);
        Assert.Contains("tensor 'fc.weight' must have shape 6x96 for resnet-small with the data's 6 classes (it has 5x96)", errors);
        Assert.False(new RunFolder(_folder["runs/second"]).Exists);
    }

    [Fact]
    public void Resume_WeightsChangedBeforeTheFirstCheckpoint_Fails()
    {
        Assert.Equal(0, Train("first").ExitCode);
        File.Copy(new RunFolder(_folder["runs/first"]).Model, _folder["weights"]);
        Assert.Equal(0, Train("second", "--weights", _folder["weights"]).ExitCode);
        var second = new RunFolder(_folder["runs/second"]);
        Directory.Delete(second.Checkpoints, recursive: true);
        second.Save(second.Load() with { Status = RunStatus.Interrupted });
        File.AppendAllText(_folder["weights"], " ");

        var (exitCode, _, errors) = TrainerProcess.Run("resume", second.Path);

        Assert.Equal(1, exitCode);
        Assert.Contains($"{_folder["weights"]} has changed since the run started", errors);
    }

    [Theory]
    [InlineData("vgg13-bn", "classifier.6.weight")]
    [InlineData("resnet18", "fc.weight")]
    public void Import_FileThatClaimsManyClasses_IgnoresTheClaim(string model, string lastWeight)
    {
        // A model with a million outputs would need gigabytes. These rows have no columns and thus no bytes.
        using (var none = zeros(1_000_000, 0))
        {
            SafeTensors.Write(_folder["claim.safetensors"], [new(lastWeight, none)], SafeTensors.ForPyTorch);
        }

        var (exitCode, _, errors) = TrainerProcess.Run("model", "import", _folder["claim.safetensors"], "--model", model, "--out", _folder["x.safetensors"]);

        Assert.Equal(1, exitCode);
        Assert.Contains($"of {model} with 1000 classes is missing", errors);
        Assert.False(File.Exists(_folder["x.safetensors"]));
    }

    [Fact]
    public void Export_UnknownTensors_WritesThemUnchanged()
    {
        using var scope = NewDisposeScope();
        ScalarType[] types = [ScalarType.Bool, ScalarType.Int8, ScalarType.Int16, ScalarType.Int32, ScalarType.Byte, ScalarType.Int64, ScalarType.Float64];
        SafeTensors.Write(
            _folder["in.safetensors"],
            types.Select(type => KeyValuePair.Create($"{type}", tensor(new[] { 0, 1, 1 }).to(type))),
            SafeTensors.ForPyTorch);

        Assert.Equal(0, TrainerProcess.Run("model", "export", _folder["in.safetensors"], "--out", _folder["out.safetensors"]).ExitCode);

        Assert.Equal(File.ReadAllBytes(_folder["in.safetensors"]), File.ReadAllBytes(_folder["out.safetensors"]));
        using var read = WeightsFile.Open(_folder["out.safetensors"]);
        Assert.All(types, type => Assert.Equal((type, 2L), (read.Tensors[$"{type}"].dtype, read.Tensors[$"{type}"].to(int64).sum().item<long>())));
    }

    [Theory]
    [InlineData("model import missing.pth --model resnet18 --out x.safetensors", 1, "Cannot read missing.pth")]
    [InlineData("model import missing.pth --model resnet19 --out x.safetensors", 2, "Unknown model 'resnet19'. Did you mean 'resnet18'?")]
    [InlineData("model import missing.pth --model resnet18 --out x.pth", 2, "--out must end in .safetensors (it is 'x.pth')")]
    [InlineData("model import missing.pth --model resnet18 --out x.safetensors --auxiliary-logits", 2, "--auxiliary-logits: resnet18 has no auxiliary head.")]
    [InlineData("model export missing --out x.safetensors", 1, "Cannot read missing")]
    [InlineData("median --count 0", 2, "--count must be between 1 and 1000000000 (it is 0).")]
    public void Run_InvalidArguments_PrintsOneLine(string arguments, int expected, string reason)
    {
        var (exitCode, _, errors) = TrainerProcess.Run(arguments.Split(' '));

        Assert.Equal(expected, exitCode);
        Assert.Contains(reason, errors);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private (int ExitCode, string Output, string Errors) Train(string name, params string[] more)
    {
        string[] dataset = more.Contains("--dataset") ? [] : ["--dataset", _folder["tiny"]];
        string[] model = more.Contains("--model") ? [] : ["--model", "resnet-small"];
        return TrainerProcess.Run([
            "train", .. dataset, .. model, "--epochs", "1", "--batch-size", "10", "--threads", "1", "--device", "cpu",
            "--name", name, "--out", _folder["runs"], .. more,
        ]);
    }
}
