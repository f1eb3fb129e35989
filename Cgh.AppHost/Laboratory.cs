using System.Globalization;
using System.Reflection;
using Cgh.AppHost.Servers;

namespace Cgh.AppHost;

/// <summary>The Aspire application model: the services, their servers and their start order.</summary>
internal static class Laboratory
{
    public const string TrainerName = "trainer";

    /// <summary>Name of the resource that submits the recipe of <c>run RECIPE</c>.</summary>
    public const string RecipeName = "recipe";

    public static void Compose(IDistributedApplicationBuilder builder, LaboratoryOptions options)
    {
        var publishing = builder.ExecutionContext.IsPublishMode;

        // Live state and messages. Both may be lost: the store is rebuilt from the run folders.
        var servers = LaboratoryServers.Add(builder, options);

        // Datasets and run folders, shared by all services.
        var folders = new DataFolders(builder, options.Data);

        // Prepares datasets. One instance is enough: further requests wait in the queue.
        var dataPrep = Service(builder.AddProject<Projects.Cgh_DataPrep>("dataprep"));

        // One run at a time each. Locally each trainer is a separate resource, because replicas cannot be assigned different GPUs; a
        // deployment has one resource that the platform scales.
        var trainers = (publishing || options.Replicas == 1 ? [TrainerName] : Enumerable.Range(1, options.Replicas).Select(number => $"{TrainerName}-{number}"))
            .Select((name, index) => OnItsDevice(Service(builder.AddProject<Projects.Cgh_Trainer>(name)), index))
            .ToList();

        // The only external endpoint, on the documented port.
        var dashboard = Service(builder.AddProject<Projects.Cgh_Dashboard>("dashboard"), publishing ? null : options.Port).WithExternalHttpEndpoints();

        if (publishing)
        {
            // The same images as in deploy/compose.yaml.
            dataPrep.PublishAsDockerFile(container => container.WithDockerfile(Repository, "deploy/dataprep.Dockerfile"));
            trainers[0].PublishAsDockerFile(container => container.WithDockerfile(Repository, "deploy/trainer.Dockerfile"));
            dashboard.PublishAsDockerFile(container => container.WithDockerfile(Repository, "deploy/dashboard.Dockerfile"));
#if AZURE
            Azure.ContainerApps.Add(builder, options, dataPrep, trainers[0], dashboard);
#endif
            return;
        }

        dashboard.WithEnvironment("Dashboard__Recipes", Path.Combine(AppContext.BaseDirectory, "recipes"));
        if (options.Recipe is not null)
        {
            // Submits with the command-line client, once all services are running.
            var recipe = builder.AddProject<Projects.Cgh_Trainer>(RecipeName)
                .WithArgs("submit", options.Recipe, "--wait")
                .WithReference(servers.Store).WithReference(servers.Bus)
                .WaitFor(dataPrep).WaitFor(dashboard);
            trainers.ForEach(trainer => recipe.WaitFor(trainer));
        }

        IResourceBuilder<ProjectResource> Service(IResourceBuilder<ProjectResource> project, int? port = null)
        {
            // Workers listen too, for their health checks.
            project.WithArgs("serve").WithHttpEndpoint(port).WithHttpHealthCheck("/health");
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

    // The repository root is the build context of the Dockerfiles.
    private static string Repository { get; } =
        typeof(Laboratory).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "Cgh.Repository").Value!;
}
