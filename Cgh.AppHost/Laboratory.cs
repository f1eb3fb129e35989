using System.Globalization;
using System.Reflection;
using Cgh.AppHost.Infrastructure;
using Cgh.AppHost.Servers;
using Cgh.Core.Experiments;
using Cgh.ServiceDefaults;
using Microsoft.Extensions.Configuration;

namespace Cgh.AppHost;

/// <summary>The Aspire application model: the services, their servers and their start order.</summary>
/// <param name="Pages">The resource with the laboratory's pages.</param>
/// <param name="Services">All services; the laboratory is ready when they are healthy.</param>
/// <param name="StoreAddressAsync">Reads the address of the run store, once it has started.</param>
internal sealed record Laboratory(
    IResourceWithEndpoints Pages, IReadOnlyList<IResource> Services, Func<CancellationToken, ValueTask<string?>> StoreAddressAsync)
{
    /// <summary>Name of the resource with the pages. A deployment calls it dashboard, as deploy/compose.yaml does.</summary>
    public const string PagesName = "laboratory";

    public const string TrainerName = "trainer";

    public static Laboratory Compose(IDistributedApplicationBuilder builder, LaboratoryOptions options) =>
        options.Infrastructure == InfrastructureMode.Embedded ? ComposeEmbedded(builder, options) : ComposeServices(builder, options);

    // All services in one process, with the run store and the bus inside.
    private static Laboratory ComposeEmbedded(IDistributedApplicationBuilder builder, LaboratoryOptions options)
    {
        var laboratory = WithPages(builder.AddProject<Projects.Cgh_Standalone>(PagesName), options)
            // Servers that the user's environment names are those of another mode.
            .WithEnvironment(ServerAddresses.Variable(ServiceDefaultsExtensions.RedisConnection), "")
            .WithEnvironment(ServerAddresses.Variable(ServiceDefaultsExtensions.MessagingConnection), "")
            // This program reads the progress of a recipe there.
            .WithEnvironment("EmbeddedStore__Port", options.Access.StorePort.ToString(CultureInfo.InvariantCulture))
            .WithEnvironment("EmbeddedStore__Password", options.Access.StorePassword);
        new DataFolders(builder, options).AddTo(laboratory);
        return new Laboratory(laboratory.Resource, [laboratory.Resource], _ => ValueTask.FromResult<string?>(options.Access.StoreAddress));
    }

    private static Laboratory ComposeServices(IDistributedApplicationBuilder builder, LaboratoryOptions options)
    {
        var publishing = builder.ExecutionContext.IsPublishMode;

        // Live state and messages. Both may be lost: the store is rebuilt from the run folders.
        var servers = LaboratoryServers.Add(builder, options);

        // Datasets and run folders, shared by all services.
        var folders = new DataFolders(builder, options);

        // Prepares datasets. One instance is enough: further requests wait in the queue.
        var dataPrep = Service(WithReadiness(builder.AddProject<Projects.Cgh_DataPrep>("dataprep").WithHttpEndpoint()));

        // One run at a time each. Locally each trainer is a separate resource, because replicas cannot be assigned different GPUs; a
        // deployment has one resource that the platform scales.
        var trainers = (publishing || options.Replicas == 1 ? [TrainerName] : Enumerable.Range(1, options.Replicas).Select(number => $"{TrainerName}-{number}"))
            .Select((name, index) => OnItsDevice(Service(WithReadiness(builder.AddProject<Projects.Cgh_Trainer>(name).WithHttpEndpoint())), index))
            .ToList();

        if (publishing)
        {
            var dashboard = Service(WithReadiness(builder.AddProject<Projects.Cgh_Dashboard>("dashboard").WithHttpEndpoint()).WithExternalHttpEndpoints());
            // The same images as in deploy/compose.yaml.
            dataPrep.PublishAsDockerFile(container => container.WithDockerfile(Repository, "deploy/dataprep.Dockerfile"));
            trainers[0].PublishAsDockerFile(container => container.WithDockerfile(Repository, "deploy/trainer.Dockerfile"));
            dashboard.PublishAsDockerFile(container => container.WithDockerfile(Repository, "deploy/dashboard.Dockerfile"));
#if AZURE
            Azure.ContainerApps.Add(builder, options, dataPrep, trainers[0], dashboard);
#endif
            return Composed(dashboard);
        }

        dataPrep.LooksLikeWorker("ImageMultiple");
        trainers.ForEach(trainer => trainer.LooksLikeWorker("BrainCircuit"));
        return Composed(Service(WithPages(builder.AddProject<Projects.Cgh_Dashboard>(PagesName), options)));

        Laboratory Composed(IResourceBuilder<ProjectResource> pages) => new(
            pages.Resource,
            [dataPrep.Resource, .. trainers.Select(trainer => trainer.Resource), pages.Resource],
            servers.Store.Resource.GetConnectionStringAsync);

        IResourceBuilder<ProjectResource> Service(IResourceBuilder<ProjectResource> project)
        {
            project.WithArgs("serve");
            project.WithReference(servers.Store).WithReference(servers.Bus);
            folders.AddTo(project);
            // Services also retry by themselves; waiting here keeps failed connection attempts out of their logs.
            servers.WaitedFor(project);
            return project;
        }

        IResourceBuilder<ProjectResource> OnItsDevice(IResourceBuilder<ProjectResource> trainer, int index)
        {
            if (publishing)
            {
                return trainer;
            }

            if (options.Gpus.Count > 0)
            {
                // One run per trainer; trainers share GPUs if there are more trainers than GPUs.
                trainer.WithEnvironment(Gpus.Variable, options.Gpus[index % options.Gpus.Count]).WithEnvironment("Trainer__ConcurrentRuns", "1");
            }

            if (options.Replicas > 1)
            {
                // Without a thread count a run uses all processors that .NET sees, so divide them among the trainers.
                var share = Math.Max(1, Environment.ProcessorCount / options.Replicas);
                trainer.WithEnvironment("DOTNET_PROCESSOR_COUNT", share.ToString(CultureInfo.InvariantCulture));
            }

            return trainer;
        }
    }

    // The only external endpoint, on the documented port. Without a proxy: browsers stay connected to it.
    private static IResourceBuilder<ProjectResource> WithPages(IResourceBuilder<ProjectResource> pages, LaboratoryOptions options)
    {
        var recipes = Recipes(pages.ApplicationBuilder.Configuration);
        WithReadiness(pages.WithHttpEndpoint(options.Port, isProxied: false), options.Access.Instance)
            .WithExternalHttpEndpoints()
            .WithEnvironment(Variable(ControlApi.KeySetting), options.Access.ControlKey)
            .WithEnvironment(Variable(ControlApi.InstanceSetting), options.Access.Instance)
            .WithEnvironment("Dashboard__Recipes", recipes)
            .LooksLikePages();
        new LaboratoryCommands(pages, options.Access, recipes).Add();
        return pages;
    }

    private static string Variable(string setting) => setting.Replace(":", "__", StringComparison.Ordinal);

    // Workers listen too, for this check.
    private static IResourceBuilder<ProjectResource> WithReadiness(IResourceBuilder<ProjectResource> service, string? instance = null) =>
        service.WithReadiness($"{service.Resource.Name}-ready", ReadinessCheck.OfService(service.GetEndpoint("http"), instance));

    private static string Recipes(IConfiguration configuration) =>
        configuration["Dashboard:Recipes"] is { Length: > 0 } given ? Path.GetFullPath(given) : RecipeFinder.DefaultFolder();

    // The repository root is the build context of the Dockerfiles.
    private static string Repository { get; } =
        typeof(Laboratory).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "Cgh.Repository").Value!;
}
