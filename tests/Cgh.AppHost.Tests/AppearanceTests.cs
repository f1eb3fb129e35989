using Aspire.Hosting.ApplicationModel;
using Cgh.AppHost.Infrastructure;
using Cgh.Tests;

namespace Cgh.AppHost.Tests;

/// <summary>What Aspire's dashboard shows of the model.</summary>
public sealed class AppearanceTests
{
    [Theory]
    [InlineData("Embedded")]
    [InlineData("Containers")]
    [InlineData("Existing")]
    [InlineData("Executables")]
    public void Compose_EachMode_ServicesAndConnectionsHaveIconsAndThePagesCommands(string mode)
    {
        var model = Model.Of(
            Model.Valid with { Infrastructure = Enum.Parse<InfrastructureMode>(mode) },
            "--ConnectionStrings:redis", "there:6379", "--ConnectionStrings:messaging", "amqp://there");

        var shown = model.Names.Except(["redis-server", "rabbitmq-server", "epmd"]).ToList();
        Assert.All(shown, name => Assert.Single(model[name].Annotations.OfType<ResourceIconAnnotation>()));
        Assert.Equal(
            ["Run the demo", "Start recipe...", "Pause the queue", "Resume the queue"],
            CommandsOf(model, Laboratory.PagesName).Select(command => command.DisplayName));
        Assert.All(shown.Except([Laboratory.PagesName]), name => Assert.Empty(CommandsOf(model, name)));
    }

    [Fact]
    public void Compose_Executables_AreBelowWhatTheyProvide()
    {
        var model = Model.Of(Model.Valid with { Infrastructure = InfrastructureMode.Executables });

        Assert.Equal("redis", ParentOf(model, "redis-server"));
        Assert.Equal("messaging", ParentOf(model, "rabbitmq-server"));
        Assert.Equal("rabbitmq-server", ParentOf(model, "epmd"));
    }

    [Fact]
    public void StartRecipe_Recipes_AreTheChoicesWithTheDemoFirst()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in new[] { "a.json", "demo.json", "b.json", "notes.txt" })
        {
            File.WriteAllText(folder[file], "");
        }

        var model = Model.Of(Model.Valid, "--Dashboard:Recipes", folder.Path);

        Assert.Equal(["demo", "a", "b"], RecipesOf(model));
    }

    [Fact]
    public void StartRecipe_NoFolderOfRecipes_HasNoChoices() =>
        Assert.Empty(RecipesOf(Model.Of(Model.Valid, "--Dashboard:Recipes", "/nowhere")));

    private static IEnumerable<string> RecipesOf(Model model)
    {
        var start = CommandsOf(model, Laboratory.PagesName).Single(command => command.Name == LaboratoryCommands.StartRecipe);
        return Assert.Single(start.Arguments).Options!.Select(option => option.Key);
    }

    private static string ParentOf(Model model, string name) =>
        Assert.Single(model[name].Annotations.OfType<ResourceRelationshipAnnotation>(), relationship => relationship.Type == "Parent").Resource.Name;

    // Without Aspire's own, which are added when it starts.
    private static IEnumerable<ResourceCommandAnnotation> CommandsOf(Model model, string name) => model[name].Annotations.OfType<ResourceCommandAnnotation>();
}
