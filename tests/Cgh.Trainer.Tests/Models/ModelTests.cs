using Cgh.Core;
using Cgh.Core.Models;
using Cgh.Trainer.Models;
using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Models;

public sealed class ModelTests
{
    public static TheoryData<string> Names { get; } = [.. ModelCatalog.Names];

    [Fact]
    public void Create_ResNet18_HasTorchvisionsNamesShapesAndCount()
    {
        using var model = ModelRegistry.Create("resnet18", 1000);
        var parameters = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.shape);

        Assert.Equal(11_689_512, model.parameters().Sum(parameter => parameter.numel()));
        Assert.Equal(ResNet18Names().Order(), parameters.Keys.Order());
        Assert.Equal([64, 3, 7, 7], parameters["conv1.weight"]);
        Assert.Equal([128, 64, 1, 1], parameters["layer2.0.downsample.0.weight"]);
        Assert.Equal([512, 512, 3, 3], parameters["layer4.1.conv2.weight"]);
        Assert.Equal([1000, 512], parameters["fc.weight"]);

        // torchvision has 122 entries, including three statistics for each of 20 batch normalizations.
        var buffers = model.named_buffers().Select(entry => entry.name).ToArray();
        Assert.Equal(60, buffers.Length);
        Assert.Contains("layer3.0.downsample.1.num_batches_tracked", buffers);
    }

    [Theory]
    [InlineData("resnet18", 224, 1000)]
    [InlineData("resnet-small", 16, 100)]
    [InlineData("vgg-small", 8, 100)]
    [InlineData("vgg-small", 64, 10)]
    [InlineData("mlp", 28, 10)]
    [InlineData("mlp", 1, 10)]
    public void Forward_ImagesOfUsualSize_ReturnsALogitPerClass(string name, int side, int classes)
    {
        using var scope = NewDisposeScope();
        using var withoutGradients = no_grad();
        using var model = ModelRegistry.Create(name, classes, side);

        Assert.Equal([2, classes], model.forward(zeros(2, 3, side, side)).shape);
    }

    [Fact]
    public void Create_ResNetSmall_HasThreeStagesOfOneBlockFrom24Channels()
    {
        using var model = ModelRegistry.Create("resnet-small", 100);
        var shapes = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.shape);

        Assert.Equal([24, 3, 3, 3], shapes["conv1.weight"]);
        Assert.Equal([24, 24, 3, 3], shapes["layer1.0.conv2.weight"]);
        Assert.Equal([96, 48, 1, 1], shapes["layer3.0.downsample.0.weight"]);
        Assert.DoesNotContain("layer1.0.downsample.0.weight", shapes.Keys);
        Assert.DoesNotContain("layer1.1.conv1.weight", shapes.Keys);
        Assert.Equal([100, 96], shapes["fc.weight"]);
    }

    [Fact]
    public void Create_VggSmall_HasThreeStagesOfTwoConvolutionsFrom24Channels()
    {
        using var model = ModelRegistry.Create("vgg-small", 100);
        var shapes = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.shape);

        Assert.Equal([24, 3, 3, 3], shapes["features.0.weight"]);
        Assert.Equal([24], shapes["features.1.weight"]);
        Assert.Equal([24, 24, 3, 3], shapes["features.3.weight"]);
        Assert.Equal([96, 96, 3, 3], shapes["features.17.weight"]);
        Assert.Equal([100, 96 * 4], shapes["classifier.weight"]);
        Assert.Equal((6 * 4) + 2, shapes.Count);
    }

    [Theory]
    [InlineData(null, 28)]
    [InlineData(16, 16)]
    public void Create_Mlp_HasThreeHiddenLayersOf256OnAllPixels(int? given, int side)
    {
        using var model = ModelRegistry.Create("mlp", 10, given);

        Assert.Equal(
            [
                ("fc1.weight", $"256x{3 * side * side}"), ("fc1.bias", "256"), ("fc2.weight", "256x256"), ("fc2.bias", "256"),
                ("fc3.weight", "256x256"), ("fc3.bias", "256"), ("fc4.weight", "10x256"), ("fc4.bias", "10"),
            ],
            model.named_parameters().Select(entry => (entry.name, string.Join('x', entry.parameter.shape))));
        Assert.Empty(model.named_buffers());
    }

    [Fact]
    public void Create_ResNet18_IsInitializedLikeTorchvision()
    {
        manual_seed(0);
        using var model = ModelRegistry.Create("resnet18", 1000);
        var parameters = model.named_parameters().ToDictionary(entry => entry.name, entry => Plain.Values(entry.parameter));

        // He initialization: normal with variance 2 / (outputs * kernel size). A uniform distribution has no value beyond three deviations.
        var kernel = parameters["layer2.1.conv1.weight"];
        var deviation = Math.Sqrt(2.0 / (128 * 9));
        Assert.Equal(deviation, Math.Sqrt(kernel.Average(weight => (double)weight * weight)), 0.02 * deviation);
        Assert.Contains(kernel, weight => Math.Abs(weight) > 3 * deviation);
        Assert.All(parameters["layer1.0.bn2.weight"], weight => Assert.Equal(1, weight));
        Assert.All(parameters["layer1.0.bn2.bias"], bias => Assert.Equal(0, bias));

        // The default of nn.Linear: uniform within 1 / sqrt(inputs).
        var bound = 1 / Math.Sqrt(512);
        Assert.InRange(parameters["fc.weight"].Max(), 0.99 * bound, bound);
        Assert.InRange(parameters["fc.bias"].Max(), 0.9 * bound, bound);
    }

    [Fact]
    public void Create_SameSeed_GivesTheSameWeights()
    {
        float[] Draw(int seed)
        {
            manual_seed(seed);
            using var model = ModelRegistry.Create("resnet-small", 10);
            return [.. model.parameters().SelectMany(Plain.Values)];
        }

        Assert.Equal(Draw(4), Draw(4));
        Assert.NotEqual(Draw(4), Draw(5));
    }

    [Fact]
    public void FlatWeights_OfAModel_PreservesWeightsAndOutputs()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var model = ModelRegistry.Create("resnet-small", 10);
        model.eval();
        var images = randn(4, 3, 16, 16);
        var weights = model.parameters().Select(Plain.Values).ToArray();
        var before = Plain.Values(model.forward(images));

        using var flat = new FlatWeights(model);

        Assert.Equal(weights, model.parameters().Select(Plain.Values));
        var after = Plain.Values(model.forward(images));
        Assert.All(after.Zip(before), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
        using (no_grad())
        {
            flat.Values.zero_();
        }

        Assert.All(model.parameters().SelectMany(Plain.Values), weight => Assert.Equal(0, weight));
    }

    [Fact]
    public void Check_CatalogAndConstructors_Match() => ModelRegistry.Check();

    [Theory]
    [MemberData(nameof(Names))]
    public void Create_EveryModel_IsAsItsAttributeAndTheCatalogSay(string name)
    {
        using var scope = NewDisposeScope();
        using var model = ModelRegistry.Create(name, classes: 7);
        var last = ModelRegistry.LastLayer(name);

        Assert.Equal([7, last.Inputs], ModelTensors.Of(model).Single(entry => entry.Key == last.Name + ".weight").Value.shape);
        Assert.Equal(
            model.parameters().Count() == model.modules().OfType<Linear>().Sum(layer => layer.parameters().Count()),
            ModelCatalog.Get(name).IsFullyConnected);
    }

    [Fact]
    public void Create_UnknownName_SuggestsTheNearest()
    {
        var error = Assert.Throws<UserErrorException>(() => ModelRegistry.Create("resnet-smal", 10));

        Assert.Equal("Unknown model 'resnet-smal'. Did you mean 'resnet-small'?", error.Message);
    }

    private static IEnumerable<string> ResNet18Names()
    {
        IEnumerable<string> Norm(string name) => [$"{name}.weight", $"{name}.bias"];
        foreach (var name in Norm("bn1").Concat(["conv1.weight", "fc.weight", "fc.bias"]))
        {
            yield return name;
        }

        for (var layer = 1; layer <= 4; layer++)
        {
            for (var block = 0; block < 2; block++)
            {
                var prefix = $"layer{layer}.{block}";
                var shortcut = layer > 1 && block == 0 ? Norm($"{prefix}.downsample.1").Append($"{prefix}.downsample.0.weight") : [];
                string[] convolutions = [$"{prefix}.conv1.weight", $"{prefix}.conv2.weight"];
                foreach (var name in Norm($"{prefix}.bn1").Concat(Norm($"{prefix}.bn2")).Concat(convolutions).Concat(shortcut))
                {
                    yield return name;
                }
            }
        }
    }
}
