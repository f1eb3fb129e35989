using System.Globalization;
using Cgh.Client.Planning;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Trainer.Planning;

namespace Cgh.Trainer.Tests.Planning;

/// <summary>Plans in this process: to size a model creates it, with weights from Torch's generator.</summary>
public sealed class PaperRecipeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("resnet18")]
    [InlineData("vgg13-bn")]
    [InlineData("inception-v3")]
    public void Plan_PaperRecipe_EqualsTheHoursInItsCost(string model)
    {
        foreach (var noise in new[] { 0, 50, 100 })
        {
            var path = Path.Combine(AppContext.BaseDirectory, "recipes", "paper", $"{model}-noise-{noise}.json");
            var recipe = Recipe.Load(path);

            var plan = ExperimentPlan.Make(recipe, new DataFolder(_folder["data"]), _ => [.. recipe.Rates.Select(Rate.Of)], ModelSize.Of);

            double Hours(int rate) => plan.Runs.Sum(run => run.Hours[rate].Hours);
            double One(int rate) => plan.Runs[0].Hours[rate].Hours;
            var stated = string.Create(
                CultureInfo.InvariantCulture,
                $"{Hours(1):N0} hours on one NVIDIA A100 80 GB (TF32) or {Hours(0):N0} on one V100 32 GB (float32) for the five runs one after another, "
                + $"{One(1):N0} and {One(0):N0} for one.");
            Assert.Contains(stated, recipe.Cost, StringComparison.Ordinal);
            Assert.All(plan.Runs, run => Assert.Equal((90L * 5005, 90L * 1_281_167), (run.Steps, run.ImagesTrained)));
        }
    }
}
