using System.Runtime.Versioning;
using Cgh.Core.Runs;
using Cgh.Trainer.Checkpoints;
using Cgh.Trainer.Data;
using Cgh.Trainer.Models;
using Cgh.Trainer.Native;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.Training;
using Cgh.Trainer.UpdateRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Training;

public sealed class PrecisionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PrecisionTests() => TinyDataset.Create(_folder["tiny"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sgd", 0.5)]
    [InlineData("ra3", 0)]
    [InlineData("rm3", 0)]
    [InlineData("m3", 0)]
    public void Run_Bfloat16_LearnsTheTrainingSet(string rule, double momentum)
    {
        var spec = Spec(rule) with { Labels = "original", Epochs = 20, Momentum = momentum, WeightDecay = 1e-4 };
        using var data = Open(spec);
        using var loop = new TrainingLoop(spec, data, CPU);

        var results = loop.Run(new Unwatched(), TestContext.Current.CancellationToken);

        Assert.InRange(results[Curves.TrainSample].Acc1, 90, 100);
        Assert.InRange(results[Curves.Test].Acc1, 90, 100);
    }

    [Fact]
    public void Run_Bfloat16_DiffersFromFloat32()
    {
        float[] Train(Precision precision)
        {
            var spec = Spec("rm3") with { Precision = precision };
            using var data = Open(spec);
            using var loop = new TrainingLoop(spec, data, CPU);
            loop.Run(new Unwatched(), TestContext.Current.CancellationToken);
            return Plain.Values(loop.Tensors["model.fc.weight"]);
        }

        var rounded = Train(Precision.Bfloat16);

        Assert.Equal(rounded, Train(Precision.Bfloat16));
        Assert.NotEqual(rounded, Train(Precision.Float32));

        // Some weights are not representable in bfloat16, so the float32 weights are updated.
        Assert.Contains(rounded, weight => BitConverter.SingleToUInt32Bits(weight) << 16 != 0);
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("rm3")]
    public void Tensors_Bfloat16_EqualThoseOfFloat32(string rule)
    {
        var spec = Spec(rule);
        using var data = Open(spec);
        using var rounded = new TrainingLoop(spec, data, CPU);
        using var plain = new TrainingLoop(spec with { Precision = Precision.Float32 }, data, CPU);

        Assert.Equal(Shapes(plain), Shapes(rounded));
        Assert.All(plain.Model, entry => Assert.Equal(Plain.Values(entry.Value.to(float32)), Plain.Values(rounded.Tensors["model." + entry.Key].to(float32))));

        static IEnumerable<string> Shapes(TrainingLoop loop) => loop.Tensors
            .Select(entry => $"{entry.Key} {entry.Value.dtype} {string.Join('x', entry.Value.shape)}").Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("resnet-small", 16)]
    [InlineData("resnet18", 32)]
    [InlineData("vgg13-bn", 32)]
    public void Forward_Bfloat16_EqualsFloat32UpToRounding(string name, int side)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        manual_seed(2);
        using var model = ModelRegistry.Create(name, 10);
        model.train();
        var images = randn(6, 3, side, side).to(bfloat16).to(float32);
        for (var i = 0; i < 3; i++)
        {
            model.forward(images);
        }

        model.eval();
        var exact = model.forward(images);

        using var flat = new FlatWeights(model, Precision.Bfloat16);
        var logits = model.forward(images.to(bfloat16));

        Assert.Equal(ScalarType.BFloat16, logits.dtype);
        var error = (TrainingLoss.Widened(logits) - exact).abs().max().item<float>() / exact.abs().max().item<float>();
        Assert.InRange(error, 1e-5, 0.05);
    }

    [Fact]
    public void FlatWeights_Bfloat16_RoundsOnlyConvolutionsAndLinearLayers()
    {
        using var scope = NewDisposeScope();
        using var model = ModelRegistry.Create("resnet-small", 10);
        var drawn = model.named_parameters().ToDictionary(entry => entry.name, entry => Plain.Values(entry.parameter));

        using var flat = new FlatWeights(model, Precision.Bfloat16);

        Assert.Equal(ScalarType.BFloat16, ModelTensors.InputType(model));
        Assert.All(
            model.named_parameters(),
            entry => Assert.Equal(flat.Masters.ContainsKey(entry.name) ? ScalarType.BFloat16 : ScalarType.Float32, entry.parameter.dtype));
        Assert.All(model.named_buffers(), entry => Assert.NotEqual(ScalarType.BFloat16, entry.buffer.dtype));
        Assert.DoesNotContain(
            flat.Masters.Keys,
            name => name.Contains("bn", StringComparison.Ordinal) || name.Contains("downsample.1", StringComparison.Ordinal));
        Assert.Equal(drawn.Keys.Order(), model.named_parameters().Select(entry => entry.name).Order());
        foreach (var (name, parameter) in model.named_parameters())
        {
            Assert.True(parameter.requires_grad);
            Assert.Equal(drawn[name], Plain.Values(flat.Masters.GetValueOrDefault(name, parameter)));
            Assert.Equal(
                drawn[name].Select(weight => parameter.dtype == ScalarType.BFloat16 ? (float)(BFloat16)weight : weight),
                Plain.Values(parameter.to(float32)));
        }

        // Convolution kernels stay channels last.
        var convolution = model.named_parameters().Single(entry => entry.name == "layer1.0.conv1.weight").parameter;
        Assert.Equal([24L * 9, 1, 24 * 3, 24], convolution.stride());
    }

    [Fact]
    public void FlatWeights_Bfloat16Backward_CollectsFloat32Gradients()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var model = ModelRegistry.Create("resnet-small", 10);
        using var flat = new FlatWeights(model, Precision.Bfloat16);
        using var gradient = flat.NewGradient();
        var images = randn(4, 3, 16, 16).to(bfloat16);
        var labels = tensor(new long[] { 0, 1, 2, 3 });

        // Two passes: the second must not accumulate into the first.
        for (var pass = 0; pass < 2; pass++)
        {
            flat.CollectInto(gradient);
            TrainingLoss.Of(model, images, labels).backward();
            flat.Collected();
        }

        var parameters = model.parameters().ToArray();
        Assert.Equal(ScalarType.Float32, gradient.Values.dtype);
        Assert.Equal(
            parameters.Sum(parameter => parameter.grad!.to(float64).square().sum().item<double>()),
            gradient.Values.to(float64).square().sum().item<double>(),
            1e-9);
        foreach (var (master, parameter) in flat.Masters
            .Select(entry => (entry.Value, model.named_parameters().Single(named => named.name == entry.Key).parameter)))
        {
            var offset = master.storage_offset();
            var collected = gradient.Values.as_strided(master.shape, master.stride(), offset);
            Assert.Equal(Plain.Values(parameter.grad!.to(float32)), Plain.Values(collected));
        }
    }

    [Fact]
    public void Restore_Bfloat16_ComputesWithTheRestoredWeights()
    {
        var spec = Spec("rm3");
        using var data = Open(spec);
        using var first = new TrainingLoop(spec, data, CPU);
        using var second = new TrainingLoop(spec with { Seed = 9 }, data, CPU);
        using var batch = Batch(data, BatchMemory.Normalized);
        first.BeginTraining();
        second.BeginTraining();
        for (var step = 0; step < 4; step++)
        {
            first.Step(batch, 0.05);
        }

        using var scope = NewDisposeScope();
        second.Restore(first.Tensors.ToDictionary(entry => entry.Key, entry => entry.Value.clone()));

        Assert.Equal(first.Step(batch, 0.05), second.Step(batch, 0.05));
        Assert.Equal(Plain.Values(first.Tensors["model.conv1.weight"]), Plain.Values(second.Tensors["model.conv1.weight"]));
    }

    [Fact]
    public void Begin_Bfloat16_KeepsTheFilesFloat32Weights()
    {
        var spec = Spec("sgd");
        using var data = Open(spec);
        using var source = new TrainingLoop(spec with { Seed = 4, Precision = Precision.Float32 }, data, CPU);
        SafeTensors.Write(_folder["weights"], source.Model, SafeTensors.ForPyTorch);
        using var loop = new TrainingLoop(spec, data, CPU);
        using var weights = WeightsFile.Open(_folder["weights"]);

        loop.Begin(weights);

        Assert.Equal(Plain.Values(source.Tensors["model.conv1.weight"]), Plain.Values(loop.Tensors["model.conv1.weight"]));
        using var same = new TrainingLoop(spec with { Seed = 4 }, data, CPU);
        using var batch = Batch(data, BatchMemory.Normalized);
        Assert.Equal(same.Step(batch, 0.05), loop.Step(batch, 0.05));
    }

    [Theory]
    [InlineData("rm3", Precision.Float32)]
    [InlineData("m3", Precision.Float32)]
    [InlineData("m3", Precision.Bfloat16)]
    public void Step_BatchOfPixels_EqualsANormalizedBatch(string rule, Precision precision)
    {
        var spec = Spec(rule) with { Precision = precision };
        using var data = Open(spec);

        (double Loss, float[] Weights) Train(BatchMemory memory)
        {
            using var loop = new TrainingLoop(spec, data, CPU);
            using var batch = Batch(data, memory);
            loop.BeginTraining();
            for (var step = 0; step < 3; step++)
            {
                loop.Step(batch, 0.05);
            }

            return (loop.Step(batch, 0.05), Plain.Values(loop.Tensors["model.conv1.weight"]));
        }

        var (loss, weights) = Train(BatchMemory.Normalized);
        var (lossOfPixels, weightsOfPixels) = Train(BatchMemory.Pixels);

        Assert.Equal(loss, lossOfPixels);
        Assert.Equal(weights, weightsOfPixels);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [UnsupportedOSPlatform("windows")]
    public void Choose_CudnnAlgorithms_SetsBothOfLibtorchsFlags(bool fastest)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows names libtorch's functions otherwise.");
        CudnnAlgorithms.Choose(fastest);

        Assert.Equal(fastest, CudnnAlgorithms.Fastest);
        Assert.Equal(!fastest, CudnnAlgorithms.Deterministic);
    }

    [Fact]
    public void Apply_OnCpu_RecordsNeitherTf32NorCudnn()
    {
        var (device, environment) = TorchSettings.Apply(DeviceChoice.Cpu, threads: 1, tf32: true, cudnnBenchmark: true);

        Assert.Equal(DeviceType.CPU, device.type);
        Assert.False(environment.Tf32);
        Assert.False(environment.CudnnBenchmark);
    }

    private static RunSpec Spec(string rule) => TinyRun.Spec(rule) with { Precision = Precision.Bfloat16 };

    private static Batch Batch(TrainingData data, BatchMemory memory)
    {
        var batch = new Batch(10, TinyDataset.Side, memory);
        using var images = data.Train.CreateReader();
        BatchReader.Fill(
            batch,
            images,
            TinyDataset.Side,
            data.Labels.Labels,
            [9, 0, 31, 30, 4, 59, 17, 12, 40, 3],
            Cropping.Centre(TinyDataset.Side, TinyDataset.Side));
        return batch;
    }

    private TrainingData Open(RunSpec spec) => TinyRun.Open(spec, _folder["tiny"]);
}
