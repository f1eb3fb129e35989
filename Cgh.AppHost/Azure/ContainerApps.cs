using Aspire.Hosting.Azure;
using Aspire.Hosting.Azure.AppContainers;
using Azure.Provisioning;
using Azure.Provisioning.AppContainers;
using Azure.Provisioning.Expressions;
using Azure.Provisioning.Storage;
using Cgh.Core.Messages;
using FileShare = Azure.Provisioning.Storage.FileShare;

namespace Cgh.AppHost.Azure;

/// <summary>
/// Deploys to Azure Container Apps: only the dashboard is public, trainers and data preparation scale to zero while their queues are
/// empty, and datasets and experiments are stored on Azure Files.
/// </summary>
/// <remarks>
/// Only compiled with <c>-p:Azure=true</c>, and never yet: its packages are not on every feed. deploy/azure does the same in Bicep, which is tested.
/// </remarks>
internal static class ContainerApps
{
    private const string GpuProfileName = "gpu";

    private const string BrokerSecret = "broker-management";

    // The user of the images; by default a share belongs to root.
    private const string MountOptions = "uid=1654,gid=1654,dir_mode=0770,file_mode=0660";

    // Without a GPU. The default of 1 GiB is barely enough to load Torch.
    private const double CpuCores = 2;

    private const string CpuMemory = "4Gi";

    private static readonly string[] s_shares = ["datasets", "experiments"];

    public static void Add(
        IDistributedApplicationBuilder builder,
        LaboratoryOptions options,
        IResourceBuilder<ProjectResource> dataPrep,
        IResourceBuilder<ProjectResource> trainer,
        IResourceBuilder<ProjectResource> dashboard)
    {
        var gpu = GpuProfile.Read(builder.Configuration);
        var environment = builder.AddAzureContainerAppEnvironment("laboratory").ConfigureInfrastructure(infrastructure =>
        {
            var managed = infrastructure.GetProvisionableResources().OfType<ContainerAppManagedEnvironment>().Single();
            AddShares(infrastructure, managed);
            if (gpu is not null)
            {
                managed.WorkloadProfiles.Add(new ContainerAppWorkloadProfile { Name = GpuProfileName, WorkloadProfileType = gpu.WorkloadProfileType });
            }
        });

        var broker = BrokerManagement(builder, environment.Resource);

        dataPrep.PublishAsAzureContainerApp((infrastructure, app) =>
        {
            MountShares(app);
            SetResources(app, CpuCores, CpuMemory);
            ScaleOn(infrastructure, app, broker, maxReplicas: 1, Queues.PrepareDataset);
        });

        trainer.PublishAsAzureContainerApp((infrastructure, app) =>
        {
            MountShares(app);
            // Trainers also coordinate experiments.
            ScaleOn(infrastructure, app, broker, options.Replicas, Queues.StartRun, Queues.Experiments);
            // Time to write a checkpoint and hand the run back when scaling in.
            app.Template.TerminationGracePeriodSeconds = 60;
            SetResources(app, gpu?.Cores ?? CpuCores, gpu?.Memory ?? CpuMemory);
            if (gpu is not null)
            {
                app.WorkloadProfileName = GpuProfileName;
            }
        });
        // As many runs as the scale rule assumes.
        trainer.WithEnvironment("Trainer__ConcurrentRuns", "1");
        if (gpu is not null)
        {
            trainer.PublishAsDockerFile(container => container.WithBuildArg("TORCH_BACKEND", "cuda"));
        }

        dashboard.PublishAsAzureContainerApp((_, app) =>
        {
            MountShares(app);
            // A page is connected to one process, so one replica; zero without visitors.
            app.Template.Scale.MinReplicas = 0;
            app.Template.Scale.MaxReplicas = 1;
        });

        foreach (var server in builder.Resources.OfType<ContainerResource>().Where(resource => resource is RedisResource or RabbitMQServerResource).ToList())
        {
            builder.CreateResourceBuilder(server).PublishAsAzureContainerApp((_, app) =>
            {
                app.Template.Scale.MinReplicas = 1;
                app.Template.Scale.MaxReplicas = 1;
            });
        }
    }

    // Scaling must count unacknowledged messages, or busy trainers would be removed; only RabbitMQ's management API reports them.
    private static IManifestExpressionProvider BrokerManagement(IDistributedApplicationBuilder builder, AzureContainerAppEnvironmentResource environment)
    {
        if (builder.Resources.OfType<RabbitMQServerResource>().SingleOrDefault() is not { } broker)
        {
            // An existing server: the deployment prompts for its management URL with user and password.
            return builder.AddParameter("messaging-management", secret: true).Resource;
        }

        // Endpoint properties have no value at publish time; only the environment resolves the host.
#pragma warning disable ASPIRECOMPUTE002 // Experimental, but the only API for it.
        var address = environment.GetHostAddressExpression(broker.ManagementEndpoint);
#pragma warning restore ASPIRECOMPUTE002
        return ReferenceExpression.Create($"https://{broker.UserNameReference}:{broker.PasswordParameter:uri}@{address}");
    }

    private static void ScaleOn(AzureResourceInfrastructure infrastructure, ContainerApp app, IManifestExpressionProvider broker, int maxReplicas, params string[] queues)
    {
        app.Configuration.Secrets.Add(new ContainerAppWritableSecret
        {
            Name = BrokerSecret,
            Value = broker.AsProvisioningParameter(infrastructure, "brokerManagement", isSecure: true),
        });
        app.Template.Scale.MinReplicas = 0;
        app.Template.Scale.MaxReplicas = maxReplicas;
        foreach (var queue in queues)
        {
            app.Template.Scale.Rules.Add(new ContainerAppScaleRule
            {
                Name = queue,
                Custom = new ContainerAppCustomScaleRule
                {
                    CustomScaleRuleType = "rabbitmq",
                    Metadata = { { "protocol", "http" }, { "queueName", queue }, { "mode", "QueueLength" }, { "value", "1" } },
                    Auth = { new ContainerAppScaleRuleAuth { SecretRef = BrokerSecret, TriggerParameter = "host" } },
                },
            });
        }
    }

    private static void AddShares(AzureResourceInfrastructure infrastructure, ContainerAppManagedEnvironment environment)
    {
        var account = new StorageAccount("data")
        {
            Kind = StorageKind.StorageV2,
            Sku = new StorageSku { Name = StorageSkuName.StandardLrs },
            MinimumTlsVersion = StorageMinimumTlsVersion.Tls1_2,
        };
        var files = new FileService("files") { Parent = account };
        infrastructure.Add(account);
        infrastructure.Add(files);
        foreach (var name in s_shares)
        {
            var share = new FileShare(name) { Parent = files, Name = name, EnabledProtocol = FileShareEnabledProtocol.Smb, ShareQuota = 1024 };
            infrastructure.Add(share);
            infrastructure.Add(new ContainerAppManagedEnvironmentStorage($"{name}_mount")
            {
                Parent = environment,
                Name = name,
                ManagedEnvironmentStorageAzureFile = new ContainerAppAzureFileProperties
                {
                    AccountName = account.Name,
                    AccountKey = new MemberExpression(account.GetKeys()[0].Compile(), "value"),
                    ShareName = share.Name,
                    AccessMode = ContainerAppAccessMode.ReadWrite,
                },
            });
        }
    }

    private static void SetResources(ContainerApp app, double cores, string memory) =>
        app.Template.Containers[0].Value!.Resources = new AppContainerResources { Cpu = cores, Memory = memory };

    private static void MountShares(ContainerApp app)
    {
        foreach (var name in s_shares)
        {
            app.Template.Volumes.Add(new ContainerAppVolume { Name = name, StorageType = ContainerAppStorageType.AzureFile, StorageName = name, MountOptions = MountOptions });
            app.Template.Containers[0].Value!.VolumeMounts.Add(new ContainerAppVolumeMount { VolumeName = name, MountPath = $"{DataFolders.InContainers}/{name}" });
        }
    }
}
