using Cgh.Core;
using Cgh.Trainer.Coherence;
using Cgh.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Coherence;

public sealed class GradientSumsTests
{
    private const int Classes = 5;

    public static TheoryData<string, int> Networks => new() { { "resnet-small", 16 }, { "vgg-small", 16 }, { "mlp", 8 }, { "bottleneck", 16 }, { "stem", 32 } };

    // Batch statistics and scales that differ between channels, so that every term counts.
    [Theory]
    [MemberData(nameof(Networks))]
    public void Add_AllLayersOfAModel_EqualALoopOverTheExamplesInFloat64(string name, int side)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name, side);
        var images = randn([7, 3, side, side], ScalarType.Float64);
        var labels = randint(0, Classes, [7], ScalarType.Int64);

        var actual = Batched(model, images, labels, 3);

        var expected = Loop(model, images, labels);
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        Assert.All(expected, entry =>
        {
            var (count, squares, squareOfSum) = actual[entry.Key];
            Assert.Equal(7, count);
            Assert.Equal(entry.Value.Squares, squares, entry.Value.Squares * 1e-10);
            Assert.Equal(entry.Value.SquareOfSum, squareOfSum, entry.Value.SquareOfSum * 1e-10);
        });
    }

    [Fact]
    public void Add_Float32_IsDeterministicCloseToFloat64AndLeavesTheModelUnchanged()
    {
        using var scope = NewDisposeScope();
        using var model = Model("resnet-small", 16);
        var images = randn([20, 3, 16, 16], ScalarType.Float64);
        var labels = randint(0, Classes, [20], ScalarType.Int64);
        var exact = Batched(model, images, labels, 20);
        model.to(ScalarType.Float32);
        images = images.to(ScalarType.Float32);
        var before = ModelTensors.Of(model).Select(entry => entry.Value.clone()).ToList();

        var first = Batched(model, images, labels, 8);
        var second = Batched(model, images, labels, 8);

        Assert.Equal(first, second);
        Assert.All(first, entry => Assert.Equal(exact[entry.Key].Coherence, entry.Value.Coherence, 1e-4 * exact[entry.Key].Coherence));
        Assert.All(ModelTensors.Of(model).Zip(before), pair => Assert.True(pair.First.Value.eq(pair.Second).all().item<bool>(), pair.First.Key));
        Assert.All(model.parameters(), parameter => Assert.Null(parameter.grad));
    }

    // A linear layer with zero weights: all classes are equally probable, so the gradient of an example is (probabilities - target) times its input.
    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(4, 4.0)]
    public void Coherence_IdenticalExamples_IsTheirNumber(int examples, double expected)
    {
        var result = OfLinear([.. Enumerable.Repeat((0, 0), examples)]);

        Assert.Equal(expected, result.Coherence, 1e-12);
        Assert.Equal(examples > 1 ? 1 : 0, result.Alpha, 1e-12);
    }

    [Fact]
    public void Coherence_OrthogonalInputs_IsOne()
    {
        var result = OfLinear([(0, 0), (1, 0), (2, 1), (3, 2)]);

        Assert.Equal(1, result.Coherence, 1e-12);
        Assert.Equal(0, result.Alpha, 1e-12);
    }

    // Two groups of 3 and 1 identical examples, orthogonal to each other: (3^2 + 1^2) / 4.
    [Fact]
    public void Coherence_Mixture_IsTheMeanGroupSize()
    {
        var result = OfLinear([(0, 0), (0, 0), (0, 0), (1, 1)]);

        Assert.Equal(2.5, result.Coherence, 1e-12);
        Assert.Equal(0.5, result.Alpha, 1e-12);
    }

    // The same input with both of two labels: the gradients are opposite.
    [Fact]
    public void Coherence_OppositeExamples_IsZero()
    {
        var result = OfLinear([(0, 0), (0, 1)], classes: 2);

        Assert.Equal(0, result.Coherence, 1e-12);
        Assert.Equal(-1, result.Alpha, 1e-12);
    }

    [Fact]
    public void Create_ModelInTrainingMode_IsRefusedInALine()
    {
        using var model = Model("resnet-small", 16);
        model.train();

        var error = Assert.Throws<UserErrorException>(() => new GradientSums(model));

        Assert.StartsWith("Coherence cannot be measured of a model in training mode: batch normalization mixes", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        model.eval();
        new GradientSums(model).Dispose();
    }

    [Fact]
    public void Create_LayerOfAnotherKind_IsRefusedByName()
    {
        using var model = nn.Sequential(("first", nn.Linear(4, 4)), ("norm", nn.LayerNorm(4)));
        model.eval();

        var error = Assert.Throws<UserErrorException>(() => new GradientSums(model));

        Assert.Equal(
            "Coherence cannot be measured: layer 'norm' is a layer of kind LayerNorm. Set coherenceEvery to 0, or choose another model.", error.Message);
    }

    [Fact]
    public void Create_EveryModelOfTheCatalog_HasKnownLayers() => Assert.All(["resnet18", "resnet50", "vgg13-bn", "inception-v3"], name =>
    {
        using var model = ModelRegistry.Create(name, Classes);
        model.eval();
        new GradientSums(model).Dispose();
    });

    private static nn.Module<Tensor, Tensor> Model(string name, int side)
    {
        manual_seed(3);
        nn.Module<Tensor, Tensor> model = name switch
        {
            "bottleneck" => new ResNet(new([4, 6], [1, 2], Bottlenecks: true, SmallImages: true), Classes),
            "stem" => new ResNet(new([4, 6], [1, 1]), Classes),
            _ => ModelRegistry.Create(name, Classes, side),
        };
        using var withoutGradients = no_grad();
        foreach (var (key, tensor) in ModelTensors.Of(model).Where(entry => entry.Value.is_floating_point()))
        {
            _ = key.EndsWith("running_var", StringComparison.Ordinal) ? tensor.uniform_(0.5, 2) : tensor.add_(randn_like(tensor) * 0.1);
        }

        model.to(ScalarType.Float64);
        model.eval();
        return model;
    }

    private static Dictionary<string, CoherenceSums> Batched(nn.Module<Tensor, Tensor> model, Tensor images, Tensor labels, int chunk)
    {
        using var sums = new GradientSums(model);
        for (var start = 0L; start < images.shape[0]; start += chunk)
        {
            var count = Math.Min(chunk, images.shape[0] - start);
            sums.Add(images.narrow(0, start, count), labels.narrow(0, start, count));
        }

        return sums.Result().ToDictionary(entry => entry.Layer, entry => entry.Sums);
    }

    // One backward pass per example.
    private static Dictionary<string, CoherenceSums> Loop(nn.Module<Tensor, Tensor> model, Tensor images, Tensor labels)
    {
        var names = model.named_parameters().Select(entry => entry.name).ToList();
        var parameters = model.named_parameters().Select(entry => (Tensor)entry.parameter).ToList();
        var squares = new double[names.Count];
        var sums = parameters.Select(parameter => zeros_like(parameter)).ToList();
        for (var i = 0; i < images.shape[0]; i++)
        {
            var loss = nn.functional.cross_entropy(model.forward(images.narrow(0, i, 1)), labels.narrow(0, i, 1));
            var gradients = autograd.grad([loss], parameters);
            for (var p = 0; p < names.Count; p++)
            {
                squares[p] += gradients[p].square().sum().item<double>();
                sums[p].add_(gradients[p]);
            }
        }

        var all = names
            .Select((name, p) => (Layer: name[..name.LastIndexOf('.')], Squares: squares[p], SquareOfSum: sums[p].square().sum().item<double>()))
            .ToList();
        return all.Concat(all.Select(entry => entry with { Layer = "" }))
            .GroupBy(entry => entry.Layer)
            .ToDictionary(
                group => group.Key,
                group => new CoherenceSums((int)images.shape[0], group.Sum(entry => entry.Squares), group.Sum(entry => entry.SquareOfSum)));
    }

    private static CoherenceSums OfLinear((int Input, int Label)[] examples, int classes = 3)
    {
        using var scope = NewDisposeScope();
        using var model = nn.Sequential(("fc", nn.Linear(4, classes, hasBias: false, dtype: ScalarType.Float64)));
        nn.init.zeros_(model.parameters().Single());
        model.eval();
        var inputs = zeros([examples.Length, 4], ScalarType.Float64);
        for (var i = 0; i < examples.Length; i++)
        {
            inputs[i, examples[i].Input] = 1;
        }

        return Batched(model, inputs, tensor(examples.Select(example => (long)example.Label).ToArray()), 2)[""];
    }
}
