using System.Reflection;
using System.Text.Json;

namespace Cgh.Client.Tests;

public sealed class CarriedPackagesTests
{
    private static readonly string s_repository = typeof(CarriedPackagesTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "Cgh.Repository").Value!;

    [Theory]
    [InlineData("Cgh.Core")]
    [InlineData("Cgh.Images")]
    [InlineData("Cgh.RunStore")]
    [InlineData("Cgh.Reports")]
    [InlineData("Cgh.ServiceDefaults")]
    [InlineData("Cgh.Client")]
    [InlineData("Cgh.Dashboard")]
    public void Project_WithoutTraining_DoesNotReferenceTorch(string project)
    {
        var carried = Libraries(project);

        Assert.NotEmpty(carried);
        Assert.DoesNotContain(carried, name => name.Contains("torch", StringComparison.OrdinalIgnoreCase) || name == "Cgh.Trainer");
    }

    [Theory]
    [InlineData("Cgh.Core", "")]
    [InlineData("Cgh.Images", "Cgh.Core")]
    [InlineData("Cgh.RunStore", "Cgh.Core")]
    [InlineData("Cgh.Reports", "Cgh.Core")]
    [InlineData("Cgh.ServiceDefaults", "Cgh.Core Cgh.RunStore")]
    [InlineData("Cgh.Client", "Cgh.Core Cgh.Reports Cgh.RunStore Cgh.ServiceDefaults")]
    [InlineData("Cgh.Dashboard", "Cgh.Core Cgh.Reports Cgh.RunStore Cgh.ServiceDefaults")]
    // The client is a package with another name, cgh.
    [InlineData("Cgh.Trainer", "Cgh.Core Cgh.Images Cgh.Reports Cgh.RunStore Cgh.ServiceDefaults")]
    public void Project_ReferencesOnlyLowerProjects(string project, string below) =>
        Assert.Equal(
            below,
            string.Join(' ', Libraries(project).Where(name => name.StartsWith("Cgh.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)));

    [Fact]
    public void Trainer_Always_ReferencesTorch() => Assert.Contains("TorchSharp", Libraries("Cgh.Trainer"));

    // The libraries that restore resolved for the project, including transitive ones.
    private static string[] Libraries(string project)
    {
        using var assets = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(s_repository, project, "obj", "project.assets.json")));
        return [.. assets.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/')[0])];
    }
}
